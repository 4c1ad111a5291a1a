package io.calicomesos.ipam;

import io.calicomesos.calico.Keys;
import io.etcd.jetcd.KeyValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A launch or a departure while it waits for its transaction. Belongs to the ledger's thread. */
final class Request {
    /** One of the two is null. */
    final Launch launch;
    final Departure departure;

    final CompletableFuture<Launched> launched = new CompletableFuture<>();
    final CompletableFuture<Void> departed = new CompletableFuture<>();

    /** What each of its transactions would have given it; all but the last have lost, or were never heard of. */
    final List<Planner.Grant> attempts = new ArrayList<>(1);
    boolean lookedAgain;
    boolean read;

    Request(Launch launch, Departure departure) {
        this.launch = launch;
        this.departure = departure;
    }

    void succeed(long revision) {
        departed.complete(null);
        if (launch != null) {
            launched.complete(new Launched(revision, attempts.get(attempts.size() - 1).addresses(), read));
        }
    }

    void fail(Throwable thrown) {
        launched.completeExceptionally(thrown);
        departed.completeExceptionally(thrown);
    }

    boolean isOver() {
        return launch == null ? departed.isDone() : launched.isDone();
    }

    /** Whether any key that this launch wants to create is there. */
    boolean isIn(Map<String, KeyValue> present) {
        return present.containsKey(Keys.handle(launch.handle()))
                || attempts.get(0).documents().stream().anyMatch(each -> each.exclusive() && present.containsKey(each.key()));
    }

    /** A launch whose keys are there already: by an earlier attempt of ours of which no answer came, or by somebody else. */
    void settle(Map<String, KeyValue> present) {
        Optional<Planner.Grant> committed = attempts.stream().filter(grant -> isWritten(grant, present)).findFirst();
        if (committed.isPresent()) {
            Launch.Document document = committed.get().documents().get(0);
            launched.complete(new Launched(present.get(document.key()).getCreateRevision(), committed.get().addresses(), read));
        } else {
            fail(new TakenException("a network for this container exists already, under " + launch.handle()));
        }
    }

    /** Whether what is there was written by this very attempt; of one that writes nothing of its own, nobody can tell. */
    private static boolean isWritten(Planner.Grant grant, Map<String, KeyValue> present) {
        List<Launch.Document> its = grant.documents().stream().filter(Launch.Document::exclusive).toList();
        return !its.isEmpty() && its.stream().allMatch(each -> present.containsKey(each.key())
                && Arrays.equals(present.get(each.key()).getValue().getBytes(), each.value()));
    }
}
