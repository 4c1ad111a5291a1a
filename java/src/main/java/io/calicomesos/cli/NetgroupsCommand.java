package io.calicomesos.cli;

import io.calicomesos.calico.Keys;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.etcd.Etcd;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code calico-mesos netgroups}: who is in which netgroup, on which host. Reads all endpoints of the cluster. */
@Command(
        name = "netgroups",
        description = "List the netgroups with their members by host. Reads etcd.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:listed", "1:there is no such netgroup", "2:the datastore could not be read"})
final class NetgroupsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "NETGROUP", description = "The only one that is listed, by its own name or its profile's")
    private String only;

    @Mixin
    private EtcdOptions etcdOptions;

    @Mixin
    private Output output;

    /**
     * A netgroup.
     *
     * @param netgroup by its own name, or its profile's if it is somebody else's
     * @param profile its profile's name
     * @param hosts its members by host
     */
    private record Netgroup(String netgroup, String profile, Map<String, List<Member>> hosts) {}

    /**
     * A container in it.
     *
     * @param container its workload's name, with that of a pod for another orchestrator's
     * @param addresses those of its endpoint
     */
    private record Member(String container, List<String> addresses) {}

    @Override
    public Integer call() {
        List<Netgroup> netgroups;
        try (EtcdConnection connection = etcdOptions.connect()) {
            Etcd etcd = connection.etcd();
            Datastore datastore = new Datastore(etcd, spec.commandLine().getErr());
            netgroups = netgroups(
                    datastore.under(Keys.PROFILES, Profile.class).values(),
                    datastore.under(Keys.ENDPOINTS, WorkloadEndpoint.class).values()).stream()
                    .filter(each -> only == null || only.equals(each.netgroup()) || only.equals(each.profile())).toList();
        }
        output.print(netgroups, out -> {
            Table table = new Table("NETGROUP", "HOST", "CONTAINER", "ADDRESSES");
            for (Netgroup netgroup : netgroups) {
                if (netgroup.hosts().isEmpty()) {
                    table.row(netgroup.netgroup(), null, null, null);
                }
                netgroup.hosts().forEach((host, members) -> members.forEach(each ->
                        table.row(netgroup.netgroup(), host, each.container(), String.join(",", each.addresses()))));
            }
            table.print(out);
        });
        return only != null && netgroups.isEmpty() ? 1 : 0;
    }

    private static Collection<Netgroup> netgroups(Collection<Profile> profiles, Collection<WorkloadEndpoint> endpoints) {
        Map<String, Netgroup> netgroups = new TreeMap<>();
        for (Profile each : profiles) {
            String name = String.valueOf(each.metadata().name());
            netgroups.put(name, new Netgroup(
                    each.metadata().annotations().getOrDefault(Profile.NETGROUP_ANNOTATION, name), name, new TreeMap<>()));
        }
        for (WorkloadEndpoint endpoint : endpoints) {
            String host = Objects.toString(endpoint.spec().node(), "");
            String container = Optional.ofNullable(endpoint.spec().workload()).orElse(endpoint.metadata().name());
            for (String profile : endpoint.spec().profiles()) { // Named, though it may have been deleted.
                netgroups.computeIfAbsent(profile, name -> new Netgroup(name, name, new TreeMap<>()))
                        .hosts().computeIfAbsent(host, name -> new ArrayList<>()).add(new Member(container, addresses(endpoint)));
            }
        }
        netgroups.values().forEach(each -> each.hosts().values().forEach(
                members -> members.sort(Comparator.comparing(Member::container, Comparator.nullsFirst(Comparator.naturalOrder())))));
        return netgroups.values();
    }

    private static List<String> addresses(WorkloadEndpoint endpoint) {
        return endpoint.spec().ipNetworks().stream().map(each -> each.replaceFirst("/(32|128)$", "")).toList();
    }
}
