package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Standalone containers, which no framework has: launched by the agent's own API. */
@EnabledIfSystemProperty(named = MesosPrefix.PROPERTY, matches = ".+", disabledReason = MesosPrefix.ABSENT)
class MesosStandaloneIT {

    @ParameterizedTest
    @ValueSource(strings = {"network/calico", "io_calicomesos_NetworkIsolator"})
    void itHasItsNetworkAlsoAfterARestartOfTheAgentAndLeavesNothing(String isolator) {
        try (MesosLab lab = new MesosLab(isolator)) {
            assertThat(lab.agent.ask("{\"type\": \"LAUNCH_CONTAINER\", \"launch_container\": {\"container_id\": {\"value\": \"alone\"}, "
                    + "\"command\": {\"value\": \"sleep 1000\"}, \"resources\": [{\"name\": \"cpus\", \"type\": \"SCALAR\", "
                    + "\"scalar\": {\"value\": 0.1}}, {\"name\": \"mem\", \"type\": \"SCALAR\", \"scalar\": {\"value\": 32}}], "
                    + "\"container\": {\"type\": \"MESOS\", \"network_infos\": [{\"groups\": [\"prod\"]}]}}}")).isPresent();
            lab.master.launch(RealMesos.task("a", MesosLab.serve("a"), TestAgent.groups("prod")));
            MesosLab.Running a = lab.running("a");
            MesosLab.Running alone = standalone(lab);
            assertThat(alone.addresses()).hasSize(1).isEqualTo(alone.own());
            Eventually.holds("it reaches its group", () -> alone.reaches(a.addresses().get(0), "a"));
            lab.agent.kill();
            lab.agent.start();
            assertThat(standalone(lab)).isEqualTo(alone);
            assertThat(alone.reaches(a.addresses().get(0), "a")).isTrue();

            lab.agent.ask("{\"type\": \"KILL_CONTAINER\", \"kill_container\": {\"container_id\": {\"value\": \"alone\"}}}");
            Eventually.holds("it is gone", () -> lab.agent.container("alone").isEmpty());
            lab.nothingIsLeft();
        }
    }

    private static MesosLab.Running standalone(MesosLab lab) {
        JsonNode container = lab.agent.container("alone").orElseThrow();
        List<String> addresses = container.findValuesAsText("ip_address");
        return new MesosLab.Running("alone", container.path("container_id"), lab.agent.pid("alone"), addresses);
    }
}
