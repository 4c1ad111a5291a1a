package io.calicomesos.ipam;

import static io.calicomesos.ipam.LedgerHost.outcome;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Keys;
import io.calicomesos.etcd.EtcdLog;
import io.calicomesos.etcd.EtcdProcess;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An operator restores a backup of etcd under a running agent. */
class LedgerRestoreTest {
    private final EtcdProcess process = EtcdProcess.notStarted();
    private final EtcdLog log = new EtcdLog();
    private LedgerHost host;

    @BeforeEach
    void start() throws Exception {
        process.start();
        LedgerHost.pool(process, "default", "198.18.0.0/24", 26);
        host = new LedgerHost(process.endpoint(), "host1", Duration.ofSeconds(1), Duration.ofSeconds(30));
        outcome(host.launch("old"));
    }

    @AfterEach
    void stop() {
        host.close();
        process.close();
        log.close();
    }

    @Test
    void itIsReportedInOneLineAndLaunchesGoOn() throws Exception {
        Path backup = process.backup();
        long seen = launchMany("lost", 20);
        process.restore(backup);
        assertThat(process.revision()).isLessThan(seen);
        launchMany("new", 20);
        assertThat(log.with("Was a backup restored?")).hasSize(1).first().asString()
                .contains("etcd has gone back: it was at revision " + seen, process.endpoint().toString());
        assertThat(new LedgerBooks(process).addressesByHandle).hasSize(21).containsKey(host.handle("old").value());
    }

    /** So much is written before it is reached again that revision and term are higher than ever: the block alone tells. */
    @Test
    void anEtcdThatIsFurtherThanEverIsNoticedByABlock() throws Exception {
        Path backup = process.backup();
        launchMany("lost", 20);
        process.restore(backup, () -> {
            for (int i = 0; i < 60; i++) {
                process.put("/other/" + i, "x");
            }
        });
        launchMany("new", 20);
        assertThat(log.with("Was a backup restored?")).hasSize(1).first().asString().contains("etcd has gone back: block 198.18.0.");
        assertThat(new LedgerBooks(process).addressesByHandle).hasSize(21);
    }

    @Test
    void whatOthersWroteAfterTheRestoreIsNotWrittenOver() throws Exception {
        Path backup = process.backup();
        launchMany("lost", 20);
        process.restore(backup);
        try (LedgerHost other = new LedgerHost(process, "host2")) {
            InetAddress borrowed = new LedgerBooks(process).blocks.values().iterator().next().cidr().network();
            for (int i = 0; i < 40; i++) {
                borrowed = InetAddresses.increment(borrowed);
            }
            outcome(other.launch("others", InetAddresses.toAddrString(borrowed))); // In the block that the first host believes to know.
            launchMany("new", 20);
            assertThat(new LedgerBooks(process).of(other, "others")).containsExactly(InetAddresses.toAddrString(borrowed));
        }
        assertThat(new LedgerBooks(process).addressesByHandle).hasSize(22);
    }

    /** What the ledger remembers looks as if it still held; only the term of the election tells, by whatever is read first. */
    @Test
    void whatOthersWroteAtTheVeryRevisionIsNotWrittenOver() throws Exception {
        for (int i = 0; i < 3; i++) { // Elections, of which the restored cluster knows nothing.
            process.kill();
            process.start();
        }
        launchMany("before", 1);
        Path backup = process.backup();
        launchMany("lost", 1);
        Map.Entry<String, EtcdProcess.Value> block = process.under(Keys.BLOCKS).entrySet().iterator().next();
        process.restore(backup, () -> assertThat(
                process.put(block.getKey(), block.getValue().text().replace("mesos.host1.lost0", "somebody-else")))
                .as("the very revision").isEqualTo(block.getValue().modRevision()));
        EtcdProcess.eventually("it is noticed", () -> !log.with("Was a backup restored?").isEmpty());
        launchMany("new", 1);
        assertThat(process.get(block.getKey()).orElseThrow().text()).contains("somebody-else", "mesos.host1.new0");
    }

    @Test
    void aBlockThatWasClaimedAfterTheBackupIsClaimedAgain() throws Exception {
        for (String each : List.of("a", "b")) { // Of whole blocks, so that others have to be claimed.
            outcome(host.launch(each, 63));
        }
        Path backup = process.backup();
        outcome(host.launch("c", 64));
        process.restore(backup);
        outcome(host.launch("d", 50));
        assertThat(new LedgerBooks(process).blocks).hasSize(3);
    }

    @Test
    void departuresOfWhatTheBackupHasAndHasNotAreDone() throws Exception {
        Launched had = outcome(host.launch("had"));
        Path backup = process.backup();
        Launched lost = outcome(host.launch("lost"));
        process.restore(backup);
        outcome(host.depart("had", had));
        outcome(host.depart("lost", lost));
        assertThat(new LedgerBooks(process).addressesByHandle).containsOnlyKeys(host.handle("old").value());
        assertThat(process.under(Keys.ENDPOINTS)).hasSize(1);
    }

    /** A restart of etcd is no restore. */
    @Test
    void aRestartIsNotReported() throws Exception {
        for (int i = 0; i < 3; i++) {
            process.kill();
            process.start();
            launchMany("c" + i, 5);
        }
        assertThat(log.with("etcd has gone back")).isEmpty();
    }

    private long launchMany(String name, int count) throws Exception {
        List<CompletableFuture<Launched>> launches = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            launches.add(host.launch(name + i));
        }
        TreeSet<Long> revisions = new TreeSet<>();
        for (CompletableFuture<Launched> each : launches) {
            revisions.add(outcome(each).revision());
        }
        return revisions.last();
    }
}
