package io.calicomesos.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.File;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VethTest {
    // This host's namespace is everybody's: the names and addresses are this process's own.
    private static final long UNIQUE = ProcessHandle.current().pid();
    private static final String PREFIX = "clt" + UNIQUE % 1_000_000 + "_";
    private static final String HOST = PREFIX + "1";
    private static final String ADDRESS = "198.18." + UNIQUE / 250 % 250 + "." + (UNIQUE % 250 + 1);
    private static final String ADDRESS_V6 = "2001:db8::" + Long.toHexString(UNIQUE % 65536);

    private ContainerProcess container;

    @BeforeEach
    void start() throws Exception {
        container = new ContainerProcess();
    }

    @AfterEach
    void stop() throws Exception {
        container.close();
        for (String name : Veth.list(PREFIX)) {
            Veth.detach(name);
        }
    }

    private Veth veth(String host, String... addresses) throws Exception {
        var parsed = new ArrayList<InetAddress>();
        for (String address : addresses) {
            parsed.add(InetAddress.getByName(address));
        }
        return new Veth(container.networkNamespace(), host, "eth0", "02:00:5e:00:53:01", 1400, parsed, true);
    }

    // One answer is enough: a worker of the kernel's makes an IPv6 address answer, some moments after it was added.
    private static boolean pings(String address) throws Exception {
        return Shell.run("ping -n -c3 -i0.1 -W1 " + address).contains(" bytes from ");
    }

    @Test
    void attachesAndDetaches() throws Exception {
        veth(HOST, ADDRESS, ADDRESS_V6).attach();

        assertThat(Veth.exists(HOST)).isTrue();
        assertThat(Veth.list(PREFIX)).containsExactly(HOST);
        assertThat(Shell.run("ip -j link show dev " + HOST))
                .contains("\"address\":\"ee:ee:ee:ee:ee:ee\"", "\"mtu\":1400", "\"operstate\":\"UP\"");
        assertThat(Shell.run("ip -j route show dev " + HOST)).contains("\"dst\":\"" + ADDRESS + "\"", "\"link\"");
        assertThat(container.run("ip -j address show dev eth0"))
                .contains("\"address\":\"02:00:5e:00:53:01\"", "\"mtu\":1400", "\"local\":\"" + ADDRESS + "\"",
                        "\"local\":\"" + ADDRESS_V6 + "\"");
        assertThat(container.run("ip route show default")).contains("default via 169.254.1.1 dev eth0");
        assertThat(pings(ADDRESS)).isTrue();
        assertThat(pings(ADDRESS_V6)).isTrue();

        assertThat(Veth.detach(HOST)).isTrue();
        assertThat(Veth.detach(HOST)).isFalse();
        assertThat(Veth.exists(HOST)).isFalse();
        assertThat(container.run("ip -o link")).doesNotContain("eth0");
    }

    @Test
    void aPairWithoutTheDefaultRoute() throws Exception {
        Veth first = veth(HOST, ADDRESS);
        new Veth(first.networkNamespace(), HOST, "eth1", first.containerMac(), 1400, first.addresses(), false).attach();
        assertThat(container.run("ip route show default")).isEmpty();
        assertThat(container.run("ip rule")).contains("from " + ADDRESS);
        assertThat(pings(ADDRESS)).isTrue();
    }

    @Test
    void limitsAreSetFromOutsideAndLeaveNothing() throws Exception {
        Veth plain = veth(HOST, ADDRESS);
        new Veth(plain.networkNamespace(), HOST, "eth0", plain.containerMac(), 1400, plain.addresses(), true, OptionalInt.of(77),
                Optional.of(new TokenBucket(1_000_000, 100_000)), Optional.of(new TokenBucket(2_000_000, 200_000))).attach();
        String device = EgressDevice.of(HOST);
        assertThat(Shell.run("ip link show dev " + HOST)).contains(" qlen 77");
        assertThat(Shell.run("tc qdisc show dev " + HOST)).contains("tbf", "rate 8Mbit burst 100000b");
        assertThat(Shell.run("tc qdisc show dev " + device)).contains("tbf", "rate 16Mbit burst 200000b");
        assertThat(container.run("tc qdisc show dev eth0")).doesNotContain("tbf");
        assertThat(pings(ADDRESS)).isTrue();
        assertThat(Veth.detach(HOST)).isTrue();
        assertThat(Veth.exists(device)).isFalse();
    }

    @Test
    void aDiscardedPairLeavesItsAddressToOthersAndIsDeletedWithTheNext() throws Exception {
        List<InetAddress> addresses = veth(HOST, ADDRESS, ADDRESS_V6).addresses();
        veth(HOST, ADDRESS, ADDRESS_V6).attach();
        assertThat(Veth.discard(HOST, addresses)).isTrue();
        assertThat(Shell.run("ip route show " + ADDRESS) + Shell.run("ip -6 route show " + ADDRESS_V6)).isEmpty();
        try (ContainerProcess other = new ContainerProcess()) {
            Veth plain = veth(PREFIX + "9", ADDRESS, ADDRESS_V6);
            new Veth(other.networkNamespace(), plain.hostInterface(), "eth0", plain.containerMac(), 1400, addresses, true).attach();
            assertThat(pings(ADDRESS)).isTrue();
            assertThat(Veth.discard(plain.hostInterface(), addresses)).isTrue();
        }
        assertThat(Veth.exists(HOST)).isTrue();
        Veth.deleteDiscarded();
        Veth.deleteDiscarded();
        assertThat(Veth.list(PREFIX)).isEmpty();
        assertThat(Veth.discard(HOST, addresses)).isFalse();
    }

    @Test
    void anEgressDeviceIsCalledAsFelixCallsItAndAnOrphanIsTakenAway() throws Exception {
        assertThat(EgressDevice.of("cali0123456789a")).isEqualTo("bwcali627a0cdce");
        Veth plain = veth(HOST, ADDRESS);
        new Veth(plain.networkNamespace(), HOST, "eth0", plain.containerMac(), 1400, plain.addresses(), true, OptionalInt.empty(),
                Optional.empty(), Optional.of(new TokenBucket(2_000_000, 200_000))).attach();
        String device = EgressDevice.of(HOST);
        assertThat(EgressDevice.removeOrphans()).doesNotContain(device);
        assertThat(Veth.exists(device)).isTrue();
        Shell.run("ip link del dev " + HOST);
        assertThat(Veth.exists(device)).as("it outlives the veth").isTrue();
        assertThat(EgressDevice.removeOrphans()).contains(device);
        assertThat(Veth.exists(device)).isFalse();
    }

    @Test
    void aFailureCarriesErrnoAndStory() throws Exception {
        Veth veth = veth(HOST, ADDRESS);
        veth.attach();
        var exists = catchThrowableOfType(LinuxException.class, veth::attach);
        assertThat(exists.errno()).isEqualTo(LinuxException.EEXIST);
        assertThat(exists).hasMessage("creating veth " + HOST + " with peer eth0 in " + container.networkNamespace()
                + ": File exists (EEXIST)");
        assertThat(pings(ADDRESS)).isTrue();

        // The address is the first container's: the second gets nothing at all.
        try (var second = new ContainerProcess()) {
            var other = new Veth(second.networkNamespace(), PREFIX + "2", "eth0", veth.containerMac(), 1400,
                    veth.addresses(), true);
            assertThat(catchThrowableOfType(LinuxException.class, other::attach))
                    .hasMessage("adding route " + ADDRESS + "/32 dev " + PREFIX + "2: File exists (EEXIST)");
            assertThat(Veth.exists(PREFIX + "2")).isFalse();
            assertThat(second.run("ip -o link")).doesNotContain("eth0");
        }
    }

    @Test
    void theProcessHasGone() throws Exception {
        Veth veth = veth(HOST, ADDRESS);
        container.close();
        var gone = catchThrowableOfType(LinuxException.class, veth::attach);
        assertThat(gone.errno()).isEqualTo(LinuxException.ENOENT);
        assertThat(gone).hasMessageContaining("process " + container.pid() + " has gone");
    }

    @Test
    void theAgentsOwnNamespaceIsNoContainers() throws Exception {
        Veth own = new Veth("/proc/self/ns/net", HOST, "eth7", "02:00:5e:00:53:01", 1400,
                List.of(InetAddress.getByName(ADDRESS)), true);
        var refused = catchThrowableOfType(LinuxException.class, own::attach);
        assertThat(refused.errno()).isEqualTo(LinuxException.EINVAL);
        assertThat(refused).hasMessageContaining("it is this process's own");
    }

    @Test
    void manyAtOnceLeaveNothingOpen() throws Exception {
        int threads = 8;
        var containers = new ArrayList<ContainerProcess>();
        var pool = Executors.newFixedThreadPool(threads);
        try {
            var work = new ArrayList<Callable<Void>>();
            for (int i = 0; i < threads; i++) {
                var own = new ContainerProcess();
                containers.add(own);
                String name = PREFIX + (i + 2);
                var address = InetAddress.getByName("198.19." + UNIQUE % 250 + "." + (i + 1));
                var veth = new Veth(
                        own.networkNamespace(), name, "eth0", "02:00:5e:00:53:01", 1500, List.of(address), true);
                work.add(() -> {
                    for (int j = 0; j < 10; j++) {
                        veth.attach();
                        assertThat(Veth.detach(name)).isTrue();
                    }
                    return null;
                });
            }
            attachAndDetachOnce(); // whatever Java opens lazily is open now
            int before = openFiles();
            for (Future<Void> done : pool.invokeAll(work)) {
                done.get();
            }
            assertThat(openFiles()).isLessThanOrEqualTo(before); // Connections of tests before may be closed only now.
        } finally {
            pool.shutdown();
            containers.forEach(ContainerProcess::close);
        }
    }

    private void attachAndDetachOnce() throws Exception {
        veth(HOST, ADDRESS).attach();
        Veth.detach(HOST);
    }

    private static int openFiles() {
        return new File("/proc/self/fd").list().length;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "cali%d", "cali0123456789ab", "a b", "a/b", ".", "..", "cäli"})
    void refusesBadNames(String name) throws Exception {
        Veth good = veth(HOST, ADDRESS);
        assertThatIllegalArgumentException().isThrownBy(() -> veth(name, ADDRESS))
                .withMessageContaining("hostInterface \"" + name + "\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Veth(good.networkNamespace(), HOST, name, good.containerMac(), 1400,
                        good.addresses(), true))
                .withMessageContaining("containerInterface \"" + name + "\"");
        assertThatIllegalArgumentException().isThrownBy(() -> Veth.detach(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "02:00:5e:00:53", "02-00-5e-00-53-01", "01:00:5e:00:53:01", "ff:ff:ff:ff:ff:ff",
            "00:00:00:00:00:00", "ee:ee:ee:ee:ee:ee"})
    void refusesBadMacs(String mac) throws Exception {
        Veth good = veth(HOST, ADDRESS);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Veth(good.networkNamespace(), HOST, "eth0", mac, 1400, good.addresses(), true))
                .withMessageContaining("containerMac")
                .withMessageContaining(mac);
    }

    @ParameterizedTest
    @CsvSource({"67, 198.18.0.1", "65536, 198.18.0.1", "1279, 2001:db8::1", "-1, 198.18.0.1"})
    void refusesBadMtus(int mtu, String address) throws Exception {
        Veth good = veth(HOST, address);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Veth(good.networkNamespace(), HOST, "eth0", good.containerMac(), mtu,
                        good.addresses(), true))
                .withMessageContaining("mtu " + mtu);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0.0.0.0", "127.0.0.1", "224.0.0.1", "169.254.1.1", "::", "::1", "ff02::1", "fe80::1",
            "198.18.0.1,198.18.0.1"})
    void refusesBadAddresses(String addresses) {
        String[] each = Arrays.stream(addresses.split(",")).filter(text -> !text.isEmpty()).toArray(String[]::new);
        assertThatIllegalArgumentException().isThrownBy(() -> veth(HOST, each)).withMessageContaining("addresses");
    }

    @Test
    void refusesARelativeNamespace() throws Exception {
        Veth good = veth(HOST, ADDRESS);
        assertThatIllegalArgumentException().isThrownBy(
                () -> new Veth("12", HOST, "eth0", good.containerMac(), 1400, good.addresses(), true));
    }
}
