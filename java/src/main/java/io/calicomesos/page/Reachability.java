package io.calicomesos.page;

import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.config.EnforcerKind;
import io.calicomesos.netgroup.Explainer;
import io.calicomesos.netgroup.Explanation;
import io.calicomesos.netgroup.Flow;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who reaches whom of the containers, by the rules of {@code calico-mesos explain}. Of the cluster as it was when this was made. */
final class Reachability {
    private final Map<String, List<WorkloadEndpoint>> containers;
    private final Explainer explainer;
    private final EnforcerKind enforcer;

    /** Whether one reaches another. */
    private enum Answer { YES, NO, UNDECIDED }

    /**
     * Takes what is known.
     *
     * @param cluster as it is now
     * @param enforcer whose rules decide
     */
    Reachability(Cluster cluster, EnforcerKind enforcer) {
        this.containers = cluster.byContainer();
        this.explainer = new Explainer(
                containers.values().stream().flatMap(List::stream).toList(), cluster.profiles(), cluster.nodes(), cluster.policies());
        this.enforcer = enforcer;
    }

    /**
     * Looks at all others.
     *
     * @param id a container's
     * @param port by TCP
     * @return of one that is not there, nobody
     */
    View.Reach of(String id, int port) {
        List<String> to = new ArrayList<>();
        List<String> from = new ArrayList<>();
        List<String> undecided = new ArrayList<>();
        List<WorkloadEndpoint> its = containers.getOrDefault(id, List.of());
        containers.forEach((otherId, other) -> {
            if (otherId.equals(id)) {
                return;
            }
            Answer there = reaches(its, other, port);
            Answer back = reaches(other, its, port);
            if (there == Answer.YES) {
                to.add(otherId);
            }
            if (back == Answer.YES) {
                from.add(otherId);
            }
            if (there == Answer.UNDECIDED || back == Answer.UNDECIDED) {
                undecided.add(otherId);
            }
        });
        return new View.Reach(id, port, to, from, undecided);
    }

    /** At any address of the receiver's. Of each family, what a container sends goes out from the first network that has it. */
    private Answer reaches(List<WorkloadEndpoint> sender, List<WorkloadEndpoint> receiver, int port) {
        Answer answer = Answer.NO;
        for (int bytes : new int[] {4, 16}) {
            Optional<InetAddress> source = addresses(sender, bytes).stream().findFirst();
            if (source.isEmpty()) {
                continue;
            }
            for (InetAddress destination : addresses(receiver, bytes)) {
                Answer here = answer(new Flow(source.get(), destination, Flow.Protocol.TCP, port));
                if (here == Answer.YES) {
                    return here;
                }
                answer = here == Answer.UNDECIDED ? here : answer;
            }
        }
        return answer;
    }

    private Answer answer(Flow flow) {
        try {
            Explanation explanation = enforcer == EnforcerKind.FELIX ? explainer.felix(flow, Optional.empty()) : explainer.builtin(flow);
            return explanation instanceof Explanation.Allowed ? Answer.YES
                    : explanation instanceof Explanation.Denied ? Answer.NO : Answer.UNDECIDED;
        } catch (IllegalArgumentException e) { // A selector or a network in a rule that is none.
            return Answer.UNDECIDED;
        }
    }

    private static List<InetAddress> addresses(List<WorkloadEndpoint> endpoints, int bytes) {
        return endpoints.stream().flatMap(each -> each.spec().networks().stream()).map(each -> each.network())
                .filter(each -> each.getAddress().length == bytes).toList();
    }
}
