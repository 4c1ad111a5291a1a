package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Command tasks on a real Mesos. */
@EnabledIfSystemProperty(named = MesosPrefix.PROPERTY, matches = ".+", disabledReason = MesosPrefix.ABSENT)
class MesosTaskIT {

    @ParameterizedTest
    @ValueSource(strings = {"network/calico", "io_calicomesos_NetworkIsolator"})
    void aTaskHasTheAddressThatTheMasterSaysAndReachesItsGroupAlone(String isolator) throws Exception {
        try (MesosLab lab = new MesosLab(isolator)) {
            Path printed = lab.directory.resolve("printed.txt");
            lab.master.launch(RealMesos.task(
                    "a", "ip -o -4 address show dev eth0 >" + printed + "; echo $LIBPROCESS_IP >>" + printed + "; " + MesosLab.serve("a"),
                    TestAgent.groups("prod")));
            lab.master.launch(RealMesos.task("b", MesosLab.serve("b"), TestAgent.groups("prod")));
            lab.master.launch(RealMesos.task("c", MesosLab.serve("c"), TestAgent.groups("dev")));
            lab.master.launch(RealMesos.task("on-the-host", "sleep 1000"));
            MesosLab.Running a = lab.running("a");
            MesosLab.Running b = lab.running("b");
            MesosLab.Running c = lab.running("c");

            assertThat(a.addresses()).hasSize(1).isEqualTo(a.own());
            Eventually.holds("it has printed its address", () -> Files.exists(printed) && printed.toFile().length() > 0);
            assertThat(Files.readString(printed)).contains(" " + a.addresses().get(0) + "/32 ");
            Eventually.holds("members reach each other", () -> a.reaches(b.addresses().get(0), "b"));
            assertThat(b.reaches(a.addresses().get(0), "a")).isTrue();
            assertThat(c.reaches(a.addresses().get(0), "a")).isFalse();
            assertThat(a.reaches(c.addresses().get(0), "c")).isFalse();
            assertThat(lab.agent.metrics()).containsPattern("\"calico_mesos\\\\?/prepare_calls\":[4-9]")
                    .containsPattern("\"calico_mesos\\\\?/isolate_ms\":\\d").containsPattern("\"calico_mesos\\\\?/prepare_failures\":0");
            assertThat(lab.running("on-the-host").attempt("ip", "-br", "address").out()).contains(lab.host.address());
            lab.nothingIsLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"network/calico", "io_calicomesos_NetworkIsolator"})
    void aPortOfItsResourcesLeadsToIt(String isolator) {
        try (MesosLab lab = new MesosLab(isolator)) {
            ObjectNode info = TestAgent.groups("public");
            info.putArray("port_mappings").addObject().put("host_port", 31007).put("container_port", MesosLab.PORT);
            lab.master.launch(TestAgent.ports(RealMesos.task("web", MesosLab.serve("web"), info), 31007, 31007));
            lab.running("web");
            Host there = lab.cluster.host(1);
            Eventually.holds("it is reached by the port of its host", () -> there.attempt(
                    "socat", "-T2", "-", "TCP4:" + lab.host.address() + ":31007,connect-timeout=1").out().equals("web"));
            lab.nothingIsLeft();
        }
    }

    @Test
    void severalNetworksAreInTheMastersStateInTheirOrder() {
        try (MesosLab lab = new MesosLab("network/calico")) {
            lab.master.launch(RealMesos.task(
                    "both", MesosLab.serve("both"), TestAgent.groups("prod").put("name", "front"), TestAgent.groups("dev").put("name", "back")));
            MesosLab.Running both = lab.running("both");
            assertThat(both.addresses()).hasSize(2).isEqualTo(both.own());
            assertThat(lab.master.eventually("both", "TASK_RUNNING").at("/container_status/network_infos").findValuesAsText("name"))
                    .containsExactly("front", "back");
            lab.nothingIsLeft();
        }
    }

    @Test
    void theCommandsOfTheDocumentsLaunchWhatTheySay() throws Exception {
        Set<String> lines = DocumentedCommand.all().stream().map(DocumentedCommand::line).filter(each -> each.startsWith("mesos-execute "))
                .collect(Collectors.toSet());
        assertThat(lines).isNotEmpty();
        for (String each : lines) { // On a Mesos of its own: two have a task of the same name.
            try (MesosLab lab = new MesosLab("network/calico")) {
                lab.master.shell(each);
                MesosLab.Running task = lab.running(each.replaceFirst(".* --name=(\\S+) .*", "$1"));
                assertThat(task.addresses()).as(each).isEqualTo(task.own())
                        .hasSize(each.replaceFirst(".* --networks=(\\S+).*", "$1").split(",").length);
                lab.nothingIsLeft();
            }
        }
    }

    @Test
    void aTaskThatIsRefusedTellsItsFrameworkWhy() throws Exception {
        try (MesosLab lab = new MesosLab("network/calico")) {
            Path heard = lab.master.launch(RealMesos.task("a", "sleep 1000", TestAgent.groups("closed")));
            lab.master.eventually("a", "TASK_FAILED");
            assertThat(Files.readString(heard)).contains(
                    "calico-mesos: the netgroup 'closed' is closed to this container, whose role is '*': allowed are the roles eng");
            heard = lab.master.launch(RealMesos.task("b", "sleep 1000", TestAgent.groups().put("name", "nowhere")));
            lab.master.eventually("b", "TASK_FAILED");
            assertThat(Files.readString(heard)).contains("NetworkInfo.name is 'nowhere': known networks are back, calico, front");
            lab.nothingIsLeft();
        }
    }

    @Test
    void theAgentCountsItsTrafficAndEndsItWhenItsInterfaceIsTakenAway() throws Exception {
        try (MesosLab lab = new MesosLab("network/calico")) {
            Path heard = lab.master.launch(RealMesos.task("a", MesosLab.serve("a"), TestAgent.groups("prod")));
            MesosLab.Running a = lab.running("a");
            String address = a.addresses().get(0);
            assertThat(lab.host.attempt("ping", "-c5", "-i0.1", "-s1000", "-q", address).ok()).isTrue();
            JsonNode statistics = lab.agent.container(a.container().path("value").asText()).orElseThrow().path("resource_statistics");
            assertThat(statistics.path("net_rx_bytes").asLong()).as("%s", statistics).isGreaterThan(5_000);
            assertThat(statistics.path("net_tx_bytes").asLong()).isGreaterThan(5_000);

            String taken = lab.host.run("ip", "-o", "route", "get", address).replaceFirst("(?s).* dev (cali\\w+) .*", "$1");
            lab.host.run("ip", "link", "del", taken);
            lab.master.eventually("a", "TASK_FAILED");
            assertThat(Files.readString(heard)).contains("REASON_CONTAINER_LIMITATION", "calico-mesos: the interface " + taken + " on the host");
            lab.nothingIsLeft();
        }
    }
}
