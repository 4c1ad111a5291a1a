package io.calicomesos.ipam;

import com.google.common.base.Throwables;
import com.google.common.net.InetAddresses;
import io.calicomesos.calico.WorkloadName;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A process with several hosts that launch and give back containers at random, for ever, until it is killed. First each host
 * gives back what its former life left, as an agent does. Says on its output how many operations were committed, a line now and
 * then, and says at once if an address is given to it that another of its containers has.
 *
 * <p>Arguments: etcd's URL, the first address of the pool, the number of its addresses, and the hosts' names.
 */
final class RaceWorker {
    private static final int AT_ONCE = 3; // Containers of each host that are launched or given back side by side.
    private static final int MOST_HELD = 4;
    private static final int REPORT_EVERY = 20;

    private final Map<InetAddress, String> held = new ConcurrentHashMap<>();
    private final AtomicLong committed = new AtomicLong();
    private final AtomicLong names = new AtomicLong();
    private final int first;
    private final int size;

    private RaceWorker(String firstAddress, int size) {
        this.first = InetAddresses.coerceToInteger(InetAddresses.forString(firstAddress));
        this.size = size;
    }

    public static void main(String[] arguments) throws Exception {
        RaceWorker worker = new RaceWorker(arguments[1], Integer.parseInt(arguments[2]));
        List<LedgerHost> hosts = new ArrayList<>();
        for (String node : List.of(arguments).subList(3, arguments.length)) {
            hosts.add(new LedgerHost(URI.create(arguments[0]), node, Duration.ofSeconds(20), Duration.ofSeconds(60)));
        }
        CountDownLatch never = new CountDownLatch(1);
        for (LedgerHost host : hosts) {
            new Thread(() -> worker.live(host)).start();
        }
        never.await();
    }

    private void live(LedgerHost host) {
        try {
            for (WorkloadName left : LedgerHost.outcome(host.ledger.workloads())) {
                LedgerHost.outcome(host.departUnknown(left.value()));
            }
        } catch (Exception e) {
            say("FAILED " + Throwables.getRootCause(e));
        }
        for (int i = 0; i < AT_ONCE; i++) {
            new Thread(() -> launchAndDepart(host)).start();
        }
    }

    private void launchAndDepart(LedgerHost host) {
        Random random = ThreadLocalRandom.current();
        record Living(String name, Launched launched) {}
        List<Living> living = new ArrayList<>();
        while (true) {
            try {
                if (living.size() < random.nextInt(MOST_HELD + 1)) {
                    String name = "c" + names.incrementAndGet() + "x" + ProcessHandle.current().pid();
                    Launched launched = LedgerHost.outcome(host.launch(name, wishes(random)));
                    launched.addresses().forEach(each -> take(each, host.node + "/" + name));
                    living.add(new Living(name, launched));
                } else if (!living.isEmpty()) {
                    Living gone = living.remove(random.nextInt(living.size()));
                    gone.launched().addresses().forEach(held::remove);
                    LedgerHost.outcome(random.nextInt(8) == 0
                            ? host.departUnknown(gone.name()) : host.depart(gone.name(), gone.launched()));
                } else {
                    continue;
                }
                if (committed.incrementAndGet() % REPORT_EVERY == 0) {
                    say("COMMITTED " + REPORT_EVERY);
                }
                if (random.nextInt(500) == 0) {
                    host.ledger.tidy();
                }
            } catch (Exception e) {
                if (!(Throwables.getRootCause(e) instanceof AddressException)) { // None is free, or the one asked for is taken.
                    say("FAILED " + Throwables.getRootCause(e));
                }
            }
        }
    }

    private List<Wish> wishes(Random random) {
        if (random.nextInt(6) == 0) {
            return List.of(new Wish.This(InetAddresses.fromInteger(first + random.nextInt(size))));
        }
        return random.nextInt(6) == 0 ? List.of(new Wish.Any(4), new Wish.Any(4)) : List.of(new Wish.Any(4));
    }

    private void take(InetAddress address, String container) {
        String other = held.put(address, container);
        if (other != null) {
            say("TWICE " + address + " " + other + " " + container);
        }
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
