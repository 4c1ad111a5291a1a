package io.calicomesos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.Keys;
import io.calicomesos.etcd.EtcdProcess;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an operator sees of {@code calico-mesos ipam check}. */
class IpamCheckCommandTest {
    @AutoClose
    private static final EtcdProcess process = EtcdProcess.started();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void initialise() {
        process.deleteUnder("/calico/");
        assertThat(run("init", "--etcd-endpoints", process.endpoint().toString(), "--pool", "10.1.0.0/16", "--node", "h=10.0.0.1/24"))
                .isZero();
        out.getBuffer().setLength(0);
    }

    @Test
    void aNewDatastoreIsSound() {
        assertThat(check(process)).isZero();
        assertThat(out).hasToString("0 blocks, 0 addresses, 0 handles, 0 endpoints: no errors\n");
        assertThat(err.toString().lines()).allMatch(each -> each.startsWith("calico-mesos: asking ")); // On a slow machine.
    }

    @Test
    void noticesAreNoErrors() {
        String key = Keys.HANDLES + "net-a.gone";
        process.put(key, "{\"block\":{}}");
        assertThat(check(process)).isZero();
        assertThat(out).hasToString("NOTICE handle-empty " + key + ": names no block\n"
                + "0 blocks, 0 addresses, 1 handle, 0 endpoints: no errors, 1 notice\n");
    }

    @Test
    void anErrorIsALineAndTheStatus() {
        String key = Keys.AFFINITIES + "h/ipv4/block/10.1.0.0-26";
        process.put(key, "{\"state\":\"confirmed\",\"deleted\":false}");
        assertThat(check(process)).isEqualTo(1);
        assertThat(out).hasToString("ERROR affinity-without-block " + key + ": block 10.1.0.0/26 does not exist\n"
                + "0 blocks, 0 addresses, 0 handles, 0 endpoints: 1 error\n");
    }

    @Test
    void aDatastoreThatCannotBeReadHasAStatusOfItsOwn() {
        try (EtcdProcess none = EtcdProcess.notStarted()) {
            assertThat(check(none)).isEqualTo(2);
            assertThat(err.toString()).contains("calico-mesos: etcd at " + none.endpoint() + " did not answer the read of ");
        }
        assertThat(run("ipam", "check", "--etcd-endpoints", "nonsense")).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void theParentCommandSaysWhatThereIs() {
        assertThat(run("ipam")).isEqualTo(2);
        assertThat(err).hasToString("calico-mesos: Missing required subcommand; there are check, release, show; see calico-mesos ipam --help\n");
    }

    private int check(EtcdProcess etcd) {
        return run("ipam", "check", "--etcd-endpoints", etcd.endpoint().toString());
    }

    private int run(String... arguments) {
        return CalicoMesos.line().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(arguments);
    }
}
