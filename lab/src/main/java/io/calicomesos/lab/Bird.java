package io.calicomesos.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What calico-node's BIRD does, on all hosts of a link at once and without BGP: it watches the affinity keys, and writes a route to
 * each block that is confirmed, through its host. For a Felix that leaves these routes to BIRD. Addresses that a host borrows from
 * another's block are not among them.
 */
final class Bird implements AutoCloseable {
    private static final String AFFINITIES = "/calico/ipam/v2/host/";
    private static final Pattern AFFINITY = Pattern.compile(AFFINITIES + "([^/]+)/ipv([46])/block/(\\S+)-(\\d+)");

    private final List<Host> hosts;
    private final Process watch;
    private final Thread routing;

    /**
     * Starts it.
     *
     * @param etcd the datastore
     * @param hosts all, which reach each other
     */
    Bird(EtcdServer etcd, List<Host> hosts) {
        this.hosts = hosts;
        try {
            watch = new ProcessBuilder(etcd.host().inside("env", "ETCDCTL_API=3", "etcdctl", "--endpoints=" + etcd.endpoint(),
                    "watch", "--rev=1", "--prefix", AFFINITIES)).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        routing = new Thread(this::route, "bird");
        routing.start();
    }

    private void route() {
        try (BufferedReader out = watch.inputReader()) {
            while (true) {
                String event = out.readLine(); // Three lines each: what, the key, the value.
                String key = out.readLine();
                String value = out.readLine();
                if (value == null) {
                    return;
                }
                Matcher affinity = AFFINITY.matcher(key);
                if (affinity.matches() && (Link.IPV6 || affinity.group(2).equals("4"))) {
                    route(affinity.group(1), affinity.group(2).equals("4"), affinity.group(3) + "/" + affinity.group(4),
                            event.equals("PUT") && value.contains("\"state\":\"confirmed\""));
                }
            }
        } catch (IOException e) {
            // It was ended.
        }
    }

    private void route(String owner, boolean isIpv4, String block, boolean confirmed) {
        Host through = hosts.stream().filter(each -> each.name().equals(owner)).findFirst().orElseThrow();
        for (Host host : hosts) {
            String family = isIpv4 ? "-4" : "-6";
            if (!confirmed) {
                host.attempt("ip", family, "route", "delete", block, "proto", "bird"); // It may never have been there.
            } else if (host == through) {
                host.run("ip", family, "route", "replace", "blackhole", block, "proto", "bird");
            } else {
                host.run("ip", family, "route", "replace", block, "via", isIpv4 ? through.address() : through.address6(), "proto", "bird");
            }
        }
    }

    /** Ends it; the routes stay. */
    @Override
    public void close() {
        watch.destroyForcibly().onExit().join();
        try {
            routing.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
