package io.calicomesos.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.IpamConfig;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdAccess;
import io.calicomesos.etcd.EtcdProcess;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What operators change with calicoctl, and what the next launch then may use. */
class AddressSpaceTest {
    private static final String NODES = Keys.NODES;
    @AutoClose
    private static final EtcdProcess process = EtcdProcess.started();

    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private final Etcd etcd = new Etcd(EtcdAccess.open(List.of(process.endpoint())), Duration.ofSeconds(5));
    private final AddressSpace space = new AddressSpace(etcd, new NodeName("host1"), executor, executor);

    @BeforeEach
    void wipe() {
        process.deleteUnder("/calico/");
    }

    @AfterEach
    void stop() {
        space.close();
        etcd.close();
        executor.shutdownNow();
    }

    @Test
    void withoutAnythingThereIsNoPoolAndCalicosDefaultsHold() throws Exception {
        start();
        assertThat(seen(() -> space.automatic(4, List.of()))).isEmpty();
        assertThat(seen(space::config)).isEqualTo(IpamConfig.DEFAULT);
        assertThat(seen(() -> space.reserved().networks())).isEmpty();
        assertThat(seen(space::describe)).isEqualTo("there is none; make one with calicoctl or `calico-mesos init`");
    }

    @Test
    void poolsComeChangeAndGo() throws Exception {
        pool("a", "\"cidr\":\"198.18.0.0/24\"");
        start();
        assertThat(names()).containsExactly("a");
        pool("b", "\"cidr\":\"198.18.1.0/24\"");
        EtcdProcess.eventually("b has come", () -> names().equals(List.of("a", "b")));
        pool("a", "\"cidr\":\"198.18.0.0/24\",\"disabled\":true");
        EtcdProcess.eventually("a is disabled", () -> names().equals(List.of("b")));
        assertThat(seen(space::describe)).isEqualTo("there are a (198.18.0.0/24, disabled), b (198.18.1.0/24)");
        process.delete(Keys.pool("b"));
        EtcdProcess.eventually("b has gone", () -> names().isEmpty());
    }

    @Test
    void aPoolThatBecomesUnreadableIsNotUsedUntilItIsMended() throws Exception {
        pool("a", "\"cidr\":\"198.18.0.0/24\"");
        pool("b", "\"cidr\":\"198.18.1.0/24\"");
        start();
        process.put(Keys.pool("a"), "{\"spec\":{\"cidr\":\"198.18.0.0/240\"}}");
        EtcdProcess.eventually("a is left out", () -> names().equals(List.of("b")));
        pool("a", "\"cidr\":\"198.18.0.0/24\"");
        EtcdProcess.eventually("a is back", () -> names().equals(List.of("a", "b")));
    }

    @Test
    void whereAPoolsBlockSizeIsNoneABlockIsOfTheUsualSize() throws Exception {
        pool("a", "\"cidr\":\"198.18.0.0/24\",\"blockSize\":99");
        pool("b", "\"cidr\":\"198.18.1.0/24\",\"blockSize\":-1");
        pool("c", "\"cidr\":\"198.18.2.0/24\",\"blockSize\":28");
        start();
        assertThat(names()).containsExactly("c");
        for (String each : List.of("198.18.0.1", "198.18.1.1")) {
            assertThat(seen(() -> space.blockPrefixLength(InetAddress.getByName(each)))).isEqualTo(26);
        }
        assertThat(seen(() -> space.blockPrefixLength(InetAddress.getByName("198.18.2.1")))).isEqualTo(28);
    }

    @Test
    void theLabelsOfThisNodeSelectPoolsAndThoseOfNodesWithLongerNamesDoNot() throws Exception {
        pool("a", "\"cidr\":\"198.18.0.0/24\",\"nodeSelector\":\"rack == 'r1'\"");
        process.put(NODES + "host10", "{\"metadata\":{\"labels\":{\"rack\":\"r1\"}},\"spec\":{}}");
        start();
        assertThat(names()).isEmpty();
        process.put(NODES + "host1", "{\"metadata\":{\"labels\":{\"rack\":\"r1\"}},\"spec\":{}}");
        EtcdProcess.eventually("it is selected", () -> names().equals(List.of("a")));
        process.delete(NODES + "host10");
        pool("mark", "\"cidr\":\"198.18.1.0/24\"");
        EtcdProcess.eventually("the other node has gone", () -> names().equals(List.of("a", "mark")));
        process.delete(NODES + "host1");
        EtcdProcess.eventually("it is no longer selected", () -> names().equals(List.of("mark")));
    }

    @Test
    void reservationsOfAllResourcesTogetherAreKept() throws Exception {
        pool("a", "\"cidr\":\"198.18.0.0/24\"");
        reservation("x", "198.18.0.1");
        start();
        assertThat(refusal("198.18.0.1")).isEqualTo("address 198.18.0.1 is reserved by an IPReservation");
        reservation("y", "198.18.0.2");
        EtcdProcess.eventually("both are", () -> seen(() -> space.reserved().networks()).size() == 2);
        process.delete(Keys.reservation("x"));
        EtcdProcess.eventually("one is", () -> seen(() -> space.reserved().networks()).equals(List.of(Cidr.parse("198.18.0.2/32"))));
        assertThat(seen(() -> space.poolOf(address("198.18.0.1"), List.of())).metadata().name()).isEqualTo("a");
    }

    @Test
    void anEntryOfAReservationThatCannotBeReadDoesNotOpenTheOthers() throws Exception {
        process.put(Keys.reservation("r"), "{\"metadata\":{\"name\":\"r\"},"
                + "\"spec\":{\"reservedCIDRs\":[\"198.18.0.0/29\",\"198.18.0.0/99\",\"\",\" 198.18.1.1 \"]}}");
        start();
        assertThat(seen(() -> space.reserved().networks()))
                .containsExactly(Cidr.parse("198.18.0.0/29"), Cidr.parse("198.18.1.1/32"));
    }

    @Test
    void settingsThatAreDeletedAreCalicosDefaultsAgain() throws Exception {
        process.put(Keys.IPAM_CONFIG, "{\"strict_affinity\":true,\"auto_allocate_blocks\":true}");
        start();
        assertThat(seen(space::config).strictAffinity()).isTrue();
        process.delete(Keys.IPAM_CONFIG);
        EtcdProcess.eventually("the defaults hold", () -> seen(space::config).equals(IpamConfig.DEFAULT));
    }

    @Test
    void theBlocksOfAPoolThatIsNoLongerUsedKeepTheirSize() throws Exception {
        pool("a", "\"cidr\":\"198.18.0.0/24\",\"blockSize\":29,\"disabled\":true");
        start();
        assertThat(seen(() -> space.blockPrefixLength(address("198.18.0.1")))).isEqualTo(29);
        assertThat(seen(() -> space.blockPrefixLength(address("203.0.113.1")))).isEqualTo(26);
    }

    private void start() throws Exception {
        space.start().get(60, TimeUnit.SECONDS);
    }

    private List<String> names() throws Exception {
        return seen(() -> space.automatic(4, List.of()).stream().map(each -> each.metadata().name()).toList());
    }

    private String refusal(String address) {
        return catchThrowableOfType(Exception.class, () -> seen(() -> space.poolOf(address(address), List.of()))).getCause().getMessage();
    }

    /** It belongs to its executor's thread. */
    private <T> T seen(Callable<T> question) throws Exception {
        return executor.submit(question).get();
    }

    private static InetAddress address(String text) {
        return Cidr.parseAddress(text);
    }

    private static void pool(String name, String spec) {
        process.put(Keys.pool(name), "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{" + spec + "}}");
    }

    private static void reservation(String name, String cidr) {
        process.put(Keys.reservation(name), "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{\"reservedCIDRs\":[\"" + cidr + "\"]}}");
    }
}
