package io.calicomesos.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Whether the kernel drops packets for the interface by which they come, {@code rp_filter} 1 (strict): those whose answer would leave by
 * another. A strict host whose routes lead back by which packets come is well, and stays so; so it is what was dropped that counts.
 */
public final class ReversePathCheck implements Check {
    private static final String CONF = "net/ipv4/conf";
    private static final String DROPPED = "IPReversePathFilter";
    private static final int STRICT = 1;

    /** Containers', where strict is right, and what is no interface. */
    private static final Pattern OTHERS = Pattern.compile("cali.*|lo|all|default");

    private final ProcSys settings;
    private final Path counters;

    /**
     * Prepares.
     *
     * @param settings the kernel's
     * @param counters {@code /proc/net/netstat}
     */
    public ReversePathCheck(ProcSys settings, Path counters) {
        this.settings = settings;
        this.counters = counters;
    }

    @Override
    public String name() {
        return "rp_filter";
    }

    @Override
    public List<String> troubles() {
        try {
            List<String> strict = strict();
            String dropped = dropped();
            return strict.isEmpty() || dropped.equals("0") ? List.of()
                    : List.of("net.ipv4.conf.*.rp_filter is 1 (strict) on " + String.join(", ", strict) + ", and the kernel has dropped "
                            + dropped + " packets for it since it started: their answers would leave by another interface. If the number "
                            + "grows (`nstat -az TcpExtIPReversePathFilter`), correct the routes to their senders, or set "
                            + "net.ipv4.conf." + strict.get(0) + ".rp_filter to 2 (loose) with sysctl");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> strict() throws IOException {
        Path conf = settings.root().resolve(CONF);
        if (!Files.isDirectory(conf)) {
            return List.of();
        }
        int all = filter("all"); // The larger of the two counts.
        try (Stream<Path> interfaces = Files.list(conf)) {
            return interfaces.map(each -> each.getFileName().toString()).filter(each -> !OTHERS.matcher(each).matches())
                    .filter(each -> Math.max(all, filter(each)) == STRICT).sorted().toList();
        }
    }

    private int filter(String networkInterface) {
        return settings.read(CONF + "/" + networkInterface + "/rp_filter").map(Integer::parseInt).orElse(0);
    }

    /** Of two lines with the same first word, one has the names and the other the numbers. */
    private String dropped() throws IOException {
        List<List<String>> lines = Files.readAllLines(counters).stream().map(each -> List.of(each.split(" ")))
                .filter(each -> each.get(0).equals("TcpExt:")).toList();
        int column = lines.size() == 2 ? lines.get(0).indexOf(DROPPED) : -1;
        return column < 0 ? "0" : lines.get(1).get(column);
    }
}
