package io.calicomesos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.net.InetAddresses;
import io.calicomesos.calico.BlockAffinity;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.InterfaceName;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.MacAddress;
import io.calicomesos.calico.Metadata;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.ProfileName;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.etcd.EtcdProcess;
import io.calicomesos.ipam.AddressAssignment;
import io.calicomesos.ipam.Attribute;
import io.calicomesos.ipam.Block;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What an operator sees of the commands that read etcd: web (prod, 10.1.0.1) and lost (10.1.0.2, without its endpoint) on h1, db (prod and
 * Odd Name!, 10.1.0.65) on h2, a tunnel of h2 (10.1.0.66), and gone (10.1.0.67) of h9, which has no Node.
 */
class EtcdCommandsTest {
    @AutoClose
    private static final EtcdProcess process = EtcdProcess.started();

    @TempDir
    private Path directory;

    @BeforeEach
    void plant() {
        process.deleteUnder("/calico/");
        assertThat(run("init", "--pool", "10.1.0.0/16", "--node", "h1=10.0.0.1/24", "--node", "h2=10.0.0.2/24,fd00::2/64").status()).isZero();
        Block first = Block.empty(Cidr.parse("10.1.0.0/26"), new NodeName("h1"), 1);
        Block second = Block.empty(Cidr.parse("10.1.0.64/26"), new NodeName("h2"), 1);
        first = give(first, "10.1.0.1", "mesos.h1.web", "h1");
        first = give(first, "10.1.0.2", "mesos.h1.lost", "h1");
        second = give(second, "10.1.0.65", "mesos.h2.db", "h2");
        second = give(second, "10.1.0.66", "vxlan-tunnel-addr-h2", "h2");
        second = give(second, "10.1.0.67", "mesos.h9.gone", "h9");
        for (Block each : List.of(first, second)) {
            process.put(Keys.block(each.cidr()), text(each));
            process.put(Keys.affinity(new NodeName(each.affinity().orElseThrow().substring(5)), each.cidr()), text(BlockAffinity.confirmed()));
        }
        for (String netgroup : List.of("prod", "Odd Name!", "empty")) {
            Profile profile = Profile.ofNetgroup(netgroup, UUID.randomUUID(), Instant.now());
            process.put(Keys.PROFILES + profile.metadata().name(), text(profile));
        }
        endpoint("h1", "web", "10.1.0.1", "prod");
        endpoint("h2", "db", "10.1.0.65", "prod", "Odd Name!");
    }

    // ---- netgroups ----

    @Test
    void membersAreListedByNetgroupAndHost() {
        Ran ran = run("netgroups");
        assertThat(ran.status()).isZero();
        assertThat(ran.out().lines().map(each -> each.split(" {2,}")).map(List::of).toList()).containsExactly(
                List.of("NETGROUP", "HOST", "CONTAINER", "ADDRESSES"), List.of("empty", "-", "-", "-"),
                List.of("Odd Name!", "h2", "db", "10.1.0.65"), List.of("prod", "h1", "web", "10.1.0.1"), List.of("prod", "h2", "db", "10.1.0.65"));
        JsonNode json = run("netgroups", "--output", "json", "prod").json();
        assertThat(json.toString()).isEqualTo("[{\"netgroup\":\"prod\",\"profile\":\"prod\",\"hosts\":{"
                + "\"h1\":[{\"container\":\"web\",\"addresses\":[\"10.1.0.1\"]}],\"h2\":[{\"container\":\"db\",\"addresses\":[\"10.1.0.65\"]}]}}]");
        assertThat(run("netgroups", "nobody's").status()).isEqualTo(1);
    }

    @Test
    void whatCannotBeReadIsSaidAndPassedOver() {
        process.put(Keys.ENDPOINTS + "default/broken", "{");
        Ran ran = run("netgroups");
        assertThat(ran.status()).isZero();
        assertThat(ran.err()).contains("calico-mesos: left out: " + Keys.ENDPOINTS + "default/broken: ");
        assertThat(ran.out()).contains("web");
    }

    // ---- explain ----

    @Test
    void whoReachesWhomIsExplainedByAddressContainerAndHost() {
        Ran allowed = run("explain", "web", "10.1.0.65", "--port", "5432");
        assertThat(allowed.out()).isEqualTo("allowed: container web (10.1.0.1 on h1) and container db (10.1.0.65 on h2) are both in the "
                + "netgroup prod (set group-prod on h2)\n10.1.0.1 to 10.1.0.65 by tcp port 5432, enforcer builtin\n");
        assertThat(allowed.status()).isZero();
        Ran denied = run("explain", "h1", "db", "--output", "json");
        assertThat(denied.status()).isEqualTo(1);
        assertThat(denied.json().path("answer").asText()).isEqualTo("denied");
        assertThat(denied.json().path("because").asText()).contains("host h1 (10.0.0.1) is no container");
        assertThat(run("explain", "h1", "h2").status()).isEqualTo(3);
        assertThat(run("explain", "h1", "web", "--enforcer", "felix").out()).startsWith("allowed: host h1").endsWith("enforcer felix\n");
    }

    @Test
    void felixsSettingsOfTheHostCount() {
        assertThat(run("explain", "web", "h1", "--enforcer", "felix").out()).startsWith("denied: defaultEndpointToHostAction");
        String configuration = "{\"kind\":\"FelixConfiguration\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{},"
                + "\"spec\":{\"defaultEndpointToHostAction\":\"%s\"}}";
        process.put(Keys.felixConfiguration("default"), configuration.formatted("Return"));
        assertThat(run("explain", "web", "h1", "--enforcer", "felix").status()).isEqualTo(3);
        process.put(Keys.felixConfiguration("node.h1"), configuration.formatted("Accept"));
        assertThat(run("explain", "web", "h1", "--enforcer", "felix").status()).isZero();
    }

    @Test
    void whoIsNotKnownIsRefusedInALine() {
        Ran ran = run("explain", "web", "nobody");
        assertThat(ran).isEqualTo(new Ran(2, "", "calico-mesos: TO is 'nobody': an address, or the id of a container or the name of a host "
                + "that etcd knows is expected; see calico-mesos explain --help\n"));
        assertThat(run("explain", "web", "db", "--port", "70000").err()).startsWith("calico-mesos: --port is 70000: a port from 1 to 65535 ");
    }

    // ---- ipam ----

    @Test
    void poolsHostsAndBlocksAreCounted() {
        process.put(Keys.pool("other"), "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"other\"},"
                + "\"spec\":{\"cidr\":\"fd00:1::/112\",\"disabled\":true}}");
        assertThat(rows(run("ipam", "show"))).containsExactly(
                List.of("POOL", "NETWORK", "BLOCKS", "USED", "FREE", "STATE"), List.of("mesos", "10.1.0.0/16", "2", "5", "65531", "enabled"),
                List.of("other", "fd00:1::/112", "0", "0", "65536", "disabled"), List.of(""),
                List.of("HOST", "BLOCKS", "USED", "FREE", "LENT"), List.of("h1", "1", "2", "62", "0"), List.of("h2", "1", "3", "61", "1"));
        assertThat(rows(run("ipam", "show", "--blocks"))).contains(
                List.of("BLOCK", "POOL", "HOST", "USED", "FREE", "LENT"), List.of("10.1.0.64/26", "mesos", "h2", "3", "61", "1"));
        JsonNode json = run("ipam", "show", "--output", "json").json();
        assertThat(json.at("/blocks/0").toString()).isEqualTo(
                "{\"cidr\":\"10.1.0.0/26\",\"pool\":\"mesos\",\"host\":\"h1\",\"used\":2,\"free\":62,\"lent\":0}");
    }

    @Test
    void anAddressThatAnEndpointHasIsNotReleased() {
        Ran ran = run("ipam", "release", "10.1.0.2", "10.1.0.1");
        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.out()).startsWith("10.1.0.1  refused: endpoint default/h1-mesos-web-eth0 has it. ").hasLineCount(1);
        assertThat(held("10.1.0.0/26")).as("all or none").containsExactly("10.1.0.1", "10.1.0.2");
        assertThat(run("ipam", "release", "--force", "10.1.0.1").out()).isEqualTo("10.1.0.1  released\n");
        assertThat(held("10.1.0.0/26")).containsExactly("10.1.0.2");
        assertThat(process.get(Keys.HANDLES + "mesos.h1.web")).isEmpty();
    }

    @Test
    void anAddressOfOthersIsNotReleased() {
        Ran ran = run("ipam", "release", "10.1.0.66", "--output", "json");
        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.json().at("/0/outcome").asText())
                .isEqualTo("refused: handle vxlan-tunnel-addr-h2 holds it, which is not a Mesos container's. --force if nobody uses it");
        assertThat(held("10.1.0.64/26")).contains("10.1.0.66");
    }

    @Test
    void whatIsLostIsReleased() {
        Ran ran = run("ipam", "release", "10.1.0.2", "10.1.0.9", "10.1.0.67");
        assertThat(ran.out()).isEqualTo("10.1.0.2  released\n10.1.0.9  free already\n10.1.0.67  released\n");
        assertThat(ran.status()).isZero();
        assertThat(held("10.1.0.0/26")).containsExactly("10.1.0.1");
        assertThat(held("10.1.0.64/26")).containsExactly("10.1.0.65", "10.1.0.66");
        assertThat(process.get(Keys.HANDLES + "mesos.h1.lost")).isEmpty();
        assertThat(run("ipam", "check").status()).isZero();
        assertThat(run("ipam", "release", "web").err()).startsWith("calico-mesos: ADDRESS is 'web': an address is expected");
    }

    // ---- gc ----

    @Test
    void ofAHostThatIsGoneWhatIsLostIsGivenBack() {
        List<String> none = List.of("--runtime-dir", directory.toString());
        Ran dry = run(none, "gc", "--dry-run", "--output", "json");
        assertThat(dry.json()).hasSize(2);
        assertThat(dry.json().at("/0/outcome").asText()).startsWith("kept: the module on that host gives them back");
        assertThat(dry.json().at("/1").toString()).isEqualTo(
                "{\"handle\":\"mesos.h9.gone\",\"node\":\"h9\",\"addresses\":[\"10.1.0.67\"],\"outcome\":\"would be released\"}");
        assertThat(held("10.1.0.64/26")).contains("10.1.0.67");
        Ran ran = run(none, "gc");
        assertThat(ran.status()).as("h1's is kept").isEqualTo(1);
        assertThat(rows(ran)).contains(List.of("mesos.h9.gone", "h9", "10.1.0.67", "released"));
        assertThat(held("10.1.0.64/26")).containsExactly("10.1.0.65", "10.1.0.66");
        assertThat(held("10.1.0.0/26")).containsExactly("10.1.0.1", "10.1.0.2");
        process.delete(Keys.NODES + "h1");
        assertThat(run(none, "gc").status()).isZero();
        assertThat(run(none, "gc").out()).isEqualTo("nothing is lost\n");
    }

    // ---- all ----

    @Test
    void whereEtcdIsMayStandInTheModulesJson() throws Exception {
        Path modules = directory.resolve("modules.json");
        Files.writeString(modules, "{\"libraries\": [{\"modules\": [{\"name\": \"io_calicomesos_NetworkIsolator\", \"parameters\": [{\"key\": "
                + "\"etcd_endpoints\", \"value\": \"" + process.endpoint() + "\"}, {\"key\": \"enforcer\", \"value\": \"felix\"}]}]}]}");
        assertThat(Ran.of("explain", "h1", "web", "--config", modules.toString()).out()).endsWith("enforcer felix\n");
        Files.writeString(modules, "{\"etcd_endpoints\": \"http://10.0.0.1\"}");
        Ran wrong = Ran.of("ipam", "show", "--config", modules.toString());
        assertThat(wrong.status()).isEqualTo(2);
        assertThat(wrong.err()).startsWith("calico-mesos: " + modules + ": etcd_endpoints holds 'http://10.0.0.1': ").hasLineCount(1);
    }

    @Test
    void anEtcdThatIsAwayIsALineUnlessMoreIsAskedFor() {
        try (EtcdProcess none = EtcdProcess.notStarted()) {
            String endpoint = none.endpoint().toString();
            Ran ran = Ran.of("netgroups", "--etcd-endpoints", endpoint);
            assertThat(ran.status()).isEqualTo(2);
            assertThat(ran.err()).startsWith("calico-mesos: asking etcd at " + endpoint + " …\ncalico-mesos: etcd at " + endpoint
                    + " did not answer the read of ").hasLineCount(2);
            assertThat(Ran.of("netgroups", "--verbose", "--etcd-endpoints", endpoint).err()).contains("\tat io.calicomesos.");
        }
    }

    private static Ran run(String... arguments) {
        return run(List.of(), arguments);
    }

    private static Ran run(List<String> more, String... arguments) {
        List<String> line = new ArrayList<>(List.of(arguments));
        line.addAll(more);
        line.addAll(List.of("--etcd-endpoints", process.endpoint().toString()));
        return Ran.of(line.toArray(String[]::new));
    }

    private static List<List<String>> rows(Ran ran) {
        return ran.out().lines().map(each -> List.of(each.split(" {2,}"))).toList();
    }

    private static List<String> held(String cidr) {
        String key = Keys.block(Cidr.parse(cidr));
        byte[] value = process.get(key).orElseThrow().text().getBytes(StandardCharsets.UTF_8);
        return Json.read(Block.class, key, value).held().stream().map(InetAddresses::toAddrString).toList();
    }

    private static Block give(Block block, String address, String handle, String node) {
        process.put(Keys.HANDLES + handle, "{\"handleID\":\"" + handle + "\",\"block\":{\"" + block.cidr() + "\":1},\"deleted\":false}");
        Attribute holder = Attribute.of(new HandleId(handle), new NodeName(node), Instant.now());
        return ((AddressAssignment.Assigned) block.assign(InetAddresses.forString(address), holder)).block();
    }

    private static void endpoint(String node, String container, String address, String... netgroups) {
        EndpointName name = EndpointName.of(new NodeName(node), WorkloadName.of(List.of(container)), "eth0");
        process.put(Keys.endpoint("default", name), text(WorkloadEndpoint.of(
                Metadata.created(name.toString(), "default", UUID.randomUUID(), Instant.now()), name,
                List.of(Cidr.of(InetAddresses.forString(address))), List.of(netgroups).stream().map(ProfileName::ofNetgroup).toList(),
                InterfaceName.of(name), MacAddress.of(name))));
    }

    private static String text(Object value) {
        return new String(Json.write(value), StandardCharsets.UTF_8);
    }
}
