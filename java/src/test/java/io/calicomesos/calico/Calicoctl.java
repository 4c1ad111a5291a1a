package io.calicomesos.calico;

import io.calicomesos.etcd.EtcdProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The real calicoctl on an etcd, and what values look like when nothing in them tells when and by whom they were written. */
public final class Calicoctl {
    private static final String UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

    private final Path program;
    private final EtcdProcess etcd;

    /** One that writes to this etcd. */
    public Calicoctl(final Path program, final EtcdProcess etcd) {
        this.program = program;
        this.etcd = etcd;
    }

    /**
     * Runs it; it must succeed.
     *
     * @param stdin     what it reads for {@code -f -}
     * @param arguments its arguments
     * @return what it wrote
     */
    public String run(final String stdin, final String... arguments) throws IOException, InterruptedException {
        final List<String> line = new ArrayList<>(List.of(program.toString()));
        line.addAll(List.of(arguments));
        final ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().putAll(Map.of("DATASTORE_TYPE", "etcdv3", "ETCD_ENDPOINTS", etcd.endpoint().toString()));
        final Process process = builder.start();
        try (var in = process.getOutputStream()) {
            in.write(stdin.getBytes(StandardCharsets.UTF_8));
        }
        final String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(line + ": " + out);
        }
        return out;
    }

    /**
     * What stands in the etcd.
     *
     * @return by key, without uids, times and sequence numbers
     */
    public Map<String, String> timeless() {
        final Map<String, String> values = new TreeMap<>();
        etcd.under("/calico/").forEach((key, value) -> values.put(key, timeless(value.text())));
        return values;
    }

    private static String timeless(final String json) {
        return json.replaceAll("\"uid\":\"" + UUID + "\"", "\"uid\":\"UID\"")
            .replaceAll("\"clusterGUID\":\"[0-9a-f]{32}\"", "\"clusterGUID\":\"UID\"")
            .replaceAll("\"creationTimestamp\":\"[0-9TZ:-]{20}\"", "\"creationTimestamp\":\"TIME\"")
            .replaceAll(",\"timestamp\":\"[0-9:. -]+ \\+0000 UTC\"", "")
            .replaceAll("\\b1[0-9]{18}\\b", "SEQUENCE");
    }
}
