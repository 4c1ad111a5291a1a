package io.calicomesos.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.BlockAffinity;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdAccess;
import io.calicomesos.etcd.EtcdProcess;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What is heard of blocks, in an order that the test chooses. */
class BlockFollowerTest {
    private static final NodeName NODE = new NodeName("host1");
    private static final Cidr BLOCK = Cidr.parse("198.18.0.64/26");

    @AutoClose
    private final EtcdProcess process = EtcdProcess.started();
    @AutoClose
    private final Etcd etcd = new Etcd(EtcdAccess.open(List.of(process.endpoint())), Duration.ofSeconds(10));
    @AutoClose("shutdownNow")
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final BlockingDeque<Runnable> heard = new LinkedBlockingDeque<>();
    private final AtomicInteger learnt = new AtomicInteger();

    @Test
    void aBlockWhoseAffinityGoesBeforeItWasReadIsWaitedForNoMore() throws Exception {
        String affinity = Keys.affinity(NODE, BLOCK);
        process.put(affinity, new String(Json.write(BlockAffinity.confirmed()), StandardCharsets.UTF_8));
        BlockFollower follower = new BlockFollower(etcd, NODE, heard::add, timer, new HeldBlocks(NODE), read -> { }, learnt::incrementAndGet);
        follower.start();
        while (!follower.isStarting()) { // Until it is known which blocks are the host's.
            heard.pollFirst(10, TimeUnit.SECONDS).run();
        }
        EtcdProcess.eventually("the block's first read is answered", () -> heard.size() == 1);
        process.delete(affinity);
        EtcdProcess.eventually("the end of the affinity is heard", () -> heard.size() == 2);
        heard.pollLast().run();
        assertThat(follower.isStarting()).isFalse();
        assertThat(learnt).hasValue(1);
        heard.forEach(Runnable::run);
        assertThat(follower.isStarting()).isFalse();
        follower.close();
    }
}
