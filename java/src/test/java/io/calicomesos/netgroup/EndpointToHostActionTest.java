package io.calicomesos.netgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointToHostActionTest {
    private static final String NODE = "node.host1";

    @ParameterizedTest
    @CsvSource(nullValues = "-", value = {
        // default, the node's own, which says why executors are cut off
        "Accept, -, -", "accept, -, -", "Return, -, -", "Drop, Accept, -", "-, RETURN, -",
        "Drop, -, is Drop in FelixConfiguration default", "DROP, -, is DROP in FelixConfiguration default",
        "Accept, Drop, is Drop in FelixConfiguration node.host1",
        "-, -, 'is set neither in FelixConfiguration node.host1 nor in default, which means Drop'"})
    void theNodesOwnWinsAndUnsetIsDrop(String ofAll, String ofNode, String why) {
        Optional<String> complaint = EndpointToHostAction.complaint(
                Map.of("default", Optional.ofNullable(ofAll), NODE, Optional.ofNullable(ofNode), "node.host2", Optional.of("Accept")), NODE);
        if (why == null) {
            assertThat(complaint).isEmpty();
        } else {
            assertThat(complaint.orElseThrow()).contains("defaultEndpointToHostAction " + why + ", unless Felix's environment");
        }
    }

    @Test
    void theCommandChangesWhatThereIsAndMakesWhatThereIsNot() {
        assertThat(EndpointToHostAction.complaint(Map.of("default", Optional.empty()), NODE).orElseThrow()).endsWith(
                "calicoctl patch felixconfiguration default --patch '{\"spec\":{\"defaultEndpointToHostAction\":\"Accept\"}}'");
        assertThat(EndpointToHostAction.complaint(Map.of(NODE, Optional.of("Drop")), NODE).orElseThrow()).endsWith(
                "calicoctl patch felixconfiguration node.host1 --patch '{\"spec\":{\"defaultEndpointToHostAction\":\"Accept\"}}'");
        assertThat(EndpointToHostAction.complaint(Map.of(), NODE).orElseThrow()).endsWith(
                "echo '{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"FelixConfiguration\",\"metadata\":{\"name\":\"default\"},"
                        + "\"spec\":{\"defaultEndpointToHostAction\":\"Accept\"}}' | calicoctl create -f -");
    }
}
