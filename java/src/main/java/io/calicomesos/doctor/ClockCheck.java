package io.calicomesos.doctor;

import io.calicomesos.etcd.EtcdAccess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether this host's clock and those of etcd's members agree: by a clock that is wrong certificates are not valid yet, or no more, and
 * ages and logs do not fit together. A member says its time in the header {@code Date} of what it answers to {@code GET /version}.
 */
public final class ClockCheck implements Check {
    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    /** Ten times what etcd's own members bear of each other without a warning. */
    private static final Duration MOST = Duration.ofSeconds(10);

    private final EtcdAccess access;
    private final Clock clock;

    /**
     * Prepares.
     *
     * @param access where etcd is
     * @param clock this host's
     */
    public ClockCheck(EtcdAccess access, Clock clock) {
        this.access = access;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "clock";
    }

    @Override
    public List<String> troubles() {
        HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(TIMEOUT).proxy(HttpClient.Builder.NO_PROXY);
        access.tls().ifPresent(builder::sslContext);
        HttpClient client = builder.build();
        List<String> troubles = new ArrayList<>();
        for (URI each : access.endpoints()) {
            Instant before = clock.instant();
            Optional<Instant> there = time(client, each);
            Instant after = clock.instant();
            there.map(time -> skew(time, before, after)).filter(skew -> skew.abs().compareTo(MOST) > 0).ifPresent(skew -> troubles.add(
                    "this host's clock is " + skew.abs().toSeconds() + " s " + (skew.isNegative() ? "behind" : "ahead of") + " that of etcd at "
                            + each + " (here " + after + ", there " + there.get() + "): one of the two is wrong. See `timedatectl` on both, "
                            + "and run chrony or systemd-timesyncd"));
        }
        return troubles;
    }

    /** Of this host's clock; what the answer took, and the part of a second that the header lacks, are in its favour. */
    private static Duration skew(Instant there, Instant before, Instant after) {
        Instant latest = there.plusSeconds(1);
        if (before.isAfter(latest)) {
            return Duration.between(latest, before);
        }
        return after.isBefore(there) ? Duration.between(there, after) : Duration.ZERO;
    }

    /** None if it does not say: whether it answers at all is another check's. */
    private static Optional<Instant> time(HttpClient client, URI endpoint) {
        HttpRequest request = HttpRequest.newBuilder(endpoint.resolve("/version")).timeout(TIMEOUT).build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.discarding()).headers().firstValue("Date")
                    .map(each -> Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(each)));
        } catch (IOException | DateTimeException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
