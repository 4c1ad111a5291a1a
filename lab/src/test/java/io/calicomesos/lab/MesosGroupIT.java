package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Task groups on a real Mesos's default executor: nested containers. */
@EnabledIfSystemProperty(named = MesosPrefix.PROPERTY, matches = ".+", disabledReason = MesosPrefix.ABSENT)
class MesosGroupIT {

    @Test
    void tasksWithoutNetworkInfosShareTheNetworkOfTheirExecutor() {
        try (MesosLab lab = new MesosLab("network/calico")) {
            lab.master.launchGroup("front", RealMesos.task("a", MesosLab.serve("a")), RealMesos.task("b", "sleep 1000"));
            lab.master.launch(RealMesos.task("other", "sleep 1000", TestAgent.groups("dev")));
            MesosLab.Running a = lab.running("a");
            MesosLab.Running b = lab.running("b");
            assertThat(a.addresses()).as("the master says it of nested ones, too").hasSize(1).isEqualTo(a.own());
            assertThat(b.addresses()).isEqualTo(a.addresses());
            Eventually.holds("they reach each other by the loopback", () -> b.reaches("127.0.0.1", "a"));
            assertThat(lab.running("other").reaches(a.addresses().get(0), "a")).isFalse();
            lab.nothingIsLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"network/calico", "io_calicomesos_NetworkIsolator"})
    void tasksWithNetworkInfosHaveTheirOwnAlsoIfTheExecutorIsOnTheHost(String isolator) {
        try (MesosLab lab = new MesosLab(isolator)) {
            lab.master.launchGroup(
                    "", RealMesos.task("a", MesosLab.serve("a"), TestAgent.groups("prod")),
                    RealMesos.task("b", MesosLab.serve("b"), TestAgent.groups("prod")),
                    RealMesos.task("c", MesosLab.serve("c"), TestAgent.groups("dev")), RealMesos.task("plain", "sleep 1000"));
            MesosLab.Running a = lab.running("a");
            MesosLab.Running b = lab.running("b");
            MesosLab.Running c = lab.running("c");
            assertThat(a.addresses()).hasSize(1).isEqualTo(a.own()).isNotEqualTo(b.addresses());
            Eventually.holds("members reach each other", () -> a.reaches(b.addresses().get(0), "b"));
            assertThat(c.reaches(a.addresses().get(0), "a")).isFalse();
            assertThat(lab.running("plain").attempt("ip", "-br", "address").out()).as("it stays on the host network")
                    .contains(lab.host.address());
            lab.nothingIsLeft();
        }
    }

    @Test
    void aDebugContainerIsInTheNetworkOfItsTask() {
        try (MesosLab lab = new MesosLab("network/calico")) {
            lab.master.launchGroup(
                    "front", RealMesos.task("sharing", "sleep 1000"), RealMesos.task("own", "sleep 1000", TestAgent.groups("dev")));
            for (String task : List.of("sharing", "own")) {
                MesosLab.Running running = lab.running(task);
                assertThat(lab.agent.exec(running.container(), "ip -o -4 address show scope global"))
                        .contains(" " + running.addresses().get(0) + "/32 ");
            }
            lab.nothingIsLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"network/calico", "io_calicomesos_NetworkIsolator"})
    void aConnectionOutlivesTheAgentAndAllIsAsItWas(String isolator) {
        try (MesosLab lab = new MesosLab(isolator)) {
            lab.master.launchGroup(
                    "", RealMesos.task("a", MesosLab.serve("a"), TestAgent.groups("prod")), RealMesos.task("plain", "sleep 1000"));
            lab.master.launch(RealMesos.task("b", MesosLab.serve("b"), TestAgent.groups("prod")));
            MesosLab.Running a = lab.running("a");
            MesosLab.Running b = lab.running("b");
            lab.running("plain");
            try (TcpStream stream = new TcpStream(b.pid(), a.pid(), a.addresses().get(0), 9001)) {
                stream.flows();
                lab.agent.kill();
                stream.flows();
                lab.agent.start();
                stream.flows();
            }
            for (MesosLab.Running each : List.of(a, b)) {
                JsonNode after = lab.agent.container(each.container().path("value").asText()).orElseThrow();
                assertThat(after.findValuesAsText("ip_address")).isEqualTo(each.addresses());
            }
            lab.master.launch(RealMesos.task("c", MesosLab.serve("c"), TestAgent.groups("prod")));
            MesosLab.Running c = lab.running("c");
            Eventually.holds("a new member reaches the old", () -> c.reaches(a.addresses().get(0), "a"));
            lab.nothingIsLeft();
        }
    }
}
