package io.calicomesos.lab.bench;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.PutOption;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Many hosts at work, as etcd sees it: endpoints and blocks that come and go. A {@link Worker}: {@code begin NUMBER}. */
final class OtherHosts {
    /** How many. */
    static final int HOSTS = 1_000;

    /** Launches and cleanups of all of them together. */
    private static final int PER_SECOND = 100;

    private OtherHosts() {}

    /**
     * Works until its standard input ends.
     *
     * @param arguments etcd's client URL
     */
    public static void main(String[] arguments) throws Exception {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try (Client client = Client.builder().endpoints(arguments[0]).build()) {
            KV etcd = client.getKVClient();
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            String number = in.readLine().split(" ")[1];
            int[] next = {0};
            timer.scheduleAtFixedRate(() -> step(etcd, next[0]++), 0, 1_000_000 / PER_SECOND, TimeUnit.MICROSECONDS);
            System.out.println(number + " 0");
            in.readLine();
        } finally {
            timer.shutdownNow();
        }
    }

    /** A container of one host after the other comes, and one of half the hosts ago goes. */
    private static void step(KV etcd, int step) {
        int host = step / 2 % HOSTS;
        int gone = (host + HOSTS / 2) % HOSTS;
        Op op = step % 2 == 0
                ? Op.put(bytes(GrowthBench.key(host * 50)), bytes(GrowthBench.endpoint(host * 50)), PutOption.DEFAULT)
                : Op.delete(bytes(GrowthBench.key(gone * 50)), DeleteOption.DEFAULT);
        int of = step % 2 == 0 ? host : gone;
        String block = "/calico/ipam/v2/assignment/ipv4/block/10." + (1 + of / 250) + "." + of % 250 + ".0-26";
        etcd.txn().Then(op, Op.put(bytes(block), bytes("{\"cidr\":\"10." + (1 + of / 250) + "." + of % 250 + ".0/26\",\"affinity\":\"host:far"
                + of + "\",\"allocations\":[],\"unallocated\":[],\"attributes\":[],\"step\":" + step + "}"), PutOption.DEFAULT)).commit();
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }
}
