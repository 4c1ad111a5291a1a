package io.calicomesos.ports;

import io.calicomesos.linux.LinuxException;
import io.calicomesos.linux.Nftables;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ports of this host that lead to its containers: who has which, and the nftables table {@code inet calico-mesos-ports} that
 * leads them. The table is there only while a port is mapped, and outlives the agent. What comes in by a mapped port passes the
 * container's netgroups like everything else: who may not reach its address does not reach it by the host's either.
 *
 * <p>Who connects to an address of the host, also from the host itself, is led; but not to 127.0.0.1 or ::1, from which no answer
 * finds back.
 *
 * <p>For any number of threads.
 */
public final class PortMappings {
    private static final Logger LOG = LoggerFactory.getLogger(PortMappings.class);

    static final String TABLE = "inet calico-mesos-ports";

    /** {@code hairpins} are connections of a container to itself, which it would not take from its own address. */
    private static final String SKELETON = """
            table %s {
              map ports { type inet_proto . inet_service : ipv4_addr . inet_service; }
              map ports6 { type inet_proto . inet_service : ipv6_addr . inet_service; }
              set hairpins { type ipv4_addr . ipv4_addr; }
              set hairpins6 { type ipv6_addr . ipv6_addr; }
              chain to-host {
                type nat hook prerouting priority -100; policy accept;
                fib daddr type local goto mapped
              }
              chain from-host {
                type nat hook output priority -100; policy accept;
                ip daddr 127.0.0.0/8 accept
                ip6 daddr ::1 accept
                fib daddr type local goto mapped
              }
              chain mapped {
                meta nfproto ipv4 dnat ip to meta l4proto . th dport map @ports
                meta nfproto ipv6 dnat ip6 to meta l4proto . th dport map @ports6
              }
              chain hairpin {
                type nat hook postrouting priority 100; policy accept;
                ip saddr . ip daddr @hairpins masquerade
                ip6 saddr . ip6 daddr @hairpins6 masquerade
              }
            }
            """.formatted(TABLE);

    private final Map<PortMapping.HostPort, String> holders = new HashMap<>(); // By a lock of its own.
    private final Map<String, List<Mapped>> open = new HashMap<>();
    private boolean table;

    /**
     * What is mapped in one network of a container.
     *
     * @param mappings its ports
     * @param addresses its addresses; of each family the first is led to
     */
    public record Mapped(List<PortMapping> mappings, List<String> addresses) {
        /** Copies. */
        public Mapped {
            mappings = List.copyOf(mappings);
            addresses = List.copyOf(addresses);
        }
    }

    /**
     * Takes over what a former agent left: exactly these are mapped from now on.
     *
     * @param containers those that live and have ports, by id
     * @throws LinuxException if the kernel refuses
     */
    public synchronized void restore(Map<String, List<Mapped>> containers) throws LinuxException {
        synchronized (holders) {
            containers.forEach((container, networks) -> networks.forEach(
                    mapped -> mapped.mappings().forEach(each -> holders.put(each.host(), container))));
        }
        open.putAll(containers);
        table = !open.isEmpty();
        Nftables.run(removed() + (table ? all() : ""));
    }

    /**
     * Reserves ports for a container; nothing leads anywhere yet. {@link #close} gives them back.
     *
     * @param container its id
     * @param mappings its ports
     * @return none if they are its own now; else what stands in the way, and none of them is
     */
    public Optional<String> claim(String container, List<PortMapping> mappings) {
        synchronized (holders) { // Not with what waits for the kernel: this is asked by who must not wait.
            Set<PortMapping.HostPort> wanted = new HashSet<>();
            for (PortMapping each : mappings) {
                if (!wanted.add(each.host())) {
                    return Optional.of(each.host() + " of the host is mapped twice");
                }
                String holder = holders.get(each.host());
                if (holder != null && !holder.equals(container)) {
                    return Optional.of(each.host() + " of the host leads to container " + holder + " already");
                }
            }
            wanted.forEach(each -> holders.put(each, container));
            return Optional.empty();
        }
    }

    /**
     * Leads a container's ports to it.
     *
     * @param container its id
     * @param networks what it has reserved, of each network that has ports
     * @throws LinuxException if the kernel refuses
     */
    public synchronized void open(String container, List<Mapped> networks) throws LinuxException {
        if (networks.isEmpty()) {
            return;
        }
        open.put(container, networks);
        try {
            StringBuilder commands = new StringBuilder(table ? "" : SKELETON);
            elements("add", networks, commands);
            Nftables.run(commands.toString());
        } catch (LinuxException e) { // Somebody else changed the table.
            rewrite(container, e);
        }
        table = true;
    }

    /**
     * Leads a container's ports nowhere, and gives them back. One that has none is no error.
     *
     * @param container its id
     * @throws LinuxException if the kernel refuses; they stay reserved
     */
    public synchronized void close(String container) throws LinuxException {
        List<Mapped> mapped = open.remove(container);
        if (mapped != null) {
            try {
                Nftables.run(open.isEmpty() ? removed() : deleted(mapped));
            } catch (LinuxException e) { // Somebody else changed the table.
                Nftables.run(removed() + (open.isEmpty() ? "" : all()));
            }
            table = !open.isEmpty();
        }
        synchronized (holders) {
            holders.values().removeIf(container::equals);
        }
    }

    /**
     * Puts back what somebody else took away, by a flush. To be called now and then, by who may wait for the kernel.
     */
    public synchronized void repair() {
        try {
            if (table && !Nftables.tables().contains(TABLE)) {
                LOG.warn("the table {} was taken away: it is written anew", TABLE);
                Nftables.run(removed() + all());
            }
        } catch (LinuxException e) {
            LOG.error("whether the host's ports lead to their containers is not known: {}", e.getMessage());
        }
    }

    private void rewrite(String added, LinuxException refused) throws LinuxException {
        try {
            Nftables.run(removed() + all());
        } catch (LinuxException e) {
            open.remove(added);
            e.addSuppressed(refused);
            throw e;
        }
    }

    private String all() {
        StringBuilder commands = new StringBuilder(SKELETON);
        open.values().forEach(each -> elements("add", each, commands));
        return commands.toString();
    }

    private static String deleted(List<Mapped> mapped) {
        StringBuilder commands = new StringBuilder();
        elements("delete", mapped, commands);
        return commands.toString();
    }

    private static String removed() {
        return "add table " + TABLE + "\ndelete table " + TABLE + "\n";
    }

    private static void elements(String verb, List<Mapped> networks, StringBuilder commands) {
        networks.forEach(each -> elements(verb, each, commands));
    }

    private static void elements(String verb, Mapped mapped, StringBuilder commands) {
        for (boolean ipv4 : new boolean[] {true, false}) {
            String suffix = ipv4 ? "" : "6";
            mapped.addresses().stream().filter(each -> each.indexOf(':') < 0 == ipv4).findFirst().ifPresent(address -> {
                for (PortMapping each : mapped.mappings()) {
                    String port = each.protocol() + " . " + each.hostPort();
                    element(verb, "ports" + suffix, port + " : " + address + " . " + each.containerPort(), commands);
                }
                element(verb, "hairpins" + suffix, address + " . " + address, commands);
            });
        }
    }

    private static void element(String verb, String set, String element, StringBuilder commands) {
        commands.append(verb).append(" element ").append(TABLE).append(' ').append(set).append(" { ").append(element).append(" }\n");
    }
}
