package io.calicomesos.lab.bench;

import io.calicomesos.lab.EtcdServer;
import io.calicomesos.lab.Host;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a launch takes when other hosts have few and many endpoints, and while many of them are at work. */
final class GrowthBench {
    private static final List<Integer> SIZES = List.of(10, 1_000, 20_000);
    private static final int TURNS = 4;
    private static final int WARM_UP = 20;
    private static final int PER_HOST = 50;
    private static final String ENDPOINTS = "/calico/resources/v3/projectcalico.org/workloadendpoints/default/far";

    private final Ours ours;
    private final Sandboxes sandboxes;
    private final EtcdServer etcd;
    private final Figures figures;
    private int launched;

    GrowthBench(Ours ours, Sandboxes sandboxes, EtcdServer etcd, Figures figures) {
        this.ours = ours;
        this.sandboxes = sandboxes;
        this.etcd = etcd;
        this.figures = figures;
    }

    /**
     * Measures.
     *
     * @param rounds how many launches with each number of endpoints, in each of the turns: up and down, as etcd and the virtual
     *     machine grow older, too
     * @param host where the simulated hosts run
     */
    void run(int rounds, Host host) throws Exception {
        Map<Integer, Samples> bySize = new TreeMap<>();
        Samples busy = new Samples();
        List<Integer> sizes = new ArrayList<>(SIZES);
        for (int turn = 0; turn < TURNS; turn++) {
            for (int size : sizes) {
                etcd.delete(ENDPOINTS);
                fill(size);
                launches(rounds, bySize.computeIfAbsent(size, each -> new Samples()));
            }
            Collections.reverse(sizes);
            etcd.delete(ENDPOINTS);
            try (Worker hosts = new Worker(host.inside("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                    System.getProperty("java.class.path"), OtherHosts.class.getName(), etcd.endpoint()))) {
                hosts.send("begin").get();
                launches(rounds, busy);
            }
            etcd.delete(ENDPOINTS);
        }
        bySize.forEach((size, samples) -> figures.put("launch_with_" + size + "_endpoints", samples));
        figures.ratio("cost_growth_20000_over_10", bySize.get(20_000), bySize.get(10), "≤ 1.15");
        figures.put("launch_with_" + OtherHosts.HOSTS + "_hosts_at_work", busy);
        figures.ratio("cost_growth_" + OtherHosts.HOSTS + "_hosts_at_work", busy, bySize.get(10));
    }

    private void launches(int rounds, Samples samples) throws Exception {
        Thread.sleep(2_000); // Until the news has been heard.
        for (int i = -WARM_UP; i < rounds; i++) {
            String id = "growth" + launched++;
            long took = ours.launch(id, sandboxes.pid(launched)).get();
            ours.cleanup(id).get();
            if (i >= 0) {
                samples.add(took);
            }
        }
    }

    private void fill(int size) {
        Map<String, String> endpoints = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
            endpoints.put(key(i), endpoint(i));
        }
        etcd.putAll(endpoints);
    }

    /** Where an endpoint of another host stands. */
    static String key(int number) {
        return ENDPOINTS + number / PER_HOST + "-mesos-c" + number + "-eth0";
    }

    /** What the module of another host would write: one in twenty is in the netgroup of what is launched here. */
    static String endpoint(int number) {
        String netgroup = number % 20 == 0 ? "prod" : "group" + number % 20;
        return """
                {"kind":"WorkloadEndpoint","apiVersion":"projectcalico.org/v3","metadata":{"name":"far%1$d-mesos-c%2$d-eth0",\
                "namespace":"default","labels":{"projectcalico.org/orchestrator":"mesos"}},"spec":{"orchestrator":"mesos",\
                "workload":"c%2$d","node":"far%1$d","endpoint":"eth0","ipNetworks":["10.%3$d.%4$d.%5$d/32"],"profiles":["%6$s"],\
                "interfaceName":"cali%2$d","mac":"0a:00:00:00:00:01"}}"""
                .formatted(number / PER_HOST, number, 1 + number / 62_500, number / 250 % 250, number % 250, netgroup);
    }
}
