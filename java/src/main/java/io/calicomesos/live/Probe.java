package io.calicomesos.live;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import java.util.function.Supplier;

/**
 * A probe that is under way, as who launched it hands it over.
 *
 * @param launched what came of the launches
 * @param removal takes all of it away again, whatever was launched; may wait some seconds, and does not fail
 */
public record Probe(Launched launched, Supplier<Removed> removal) {
    /**
     * What came of the launches: the first line of the answer.
     *
     * @param containers in the order in which they were asked for
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Launched(List<Container> containers) {
        /** Copies. */
        public Launched {
            containers = List.copyOf(containers);
        }
    }

    /**
     * What came of one launch.
     *
     * @param id its container id
     * @param addresses that it got; none if it failed
     * @param milliseconds from its beginning to its end
     * @param error why it failed; null if it did not
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Container(String id, List<String> addresses, double milliseconds, String error) {
        /** Copies. */
        public Container {
            addresses = List.copyOf(addresses);
        }
    }

    /**
     * What came of the removal: the second line.
     *
     * @param milliseconds from its beginning to its end
     * @param error why something is left; null if nothing is
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Removed(double milliseconds, String error) {}
}
