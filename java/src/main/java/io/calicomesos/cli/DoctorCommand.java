package io.calicomesos.cli;

import io.calicomesos.calico.FelixConfiguration;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.Node;
import io.calicomesos.config.Bandwidth;
import io.calicomesos.config.Configuration;
import io.calicomesos.config.ConfigurationException;
import io.calicomesos.config.EnforcerKind;
import io.calicomesos.doctor.Agent;
import io.calicomesos.doctor.CertificatesCheck;
import io.calicomesos.doctor.Check;
import io.calicomesos.doctor.ClockCheck;
import io.calicomesos.doctor.ConnectionsCheck;
import io.calicomesos.doctor.EtcdCheck;
import io.calicomesos.doctor.ExecutorsCheck;
import io.calicomesos.doctor.FelixCheck;
import io.calicomesos.doctor.FelixStatusCheck;
import io.calicomesos.doctor.ForwardingCheck;
import io.calicomesos.doctor.IsolationCheck;
import io.calicomesos.doctor.JavaCheck;
import io.calicomesos.doctor.KernelModulesCheck;
import io.calicomesos.doctor.LoadedModules;
import io.calicomesos.doctor.Loading;
import io.calicomesos.doctor.LostAddressesCheck;
import io.calicomesos.doctor.MesosVersionCheck;
import io.calicomesos.doctor.ModuleCheck;
import io.calicomesos.doctor.NodeCheck;
import io.calicomesos.doctor.PoolsCheck;
import io.calicomesos.doctor.ProcSys;
import io.calicomesos.doctor.ReversePathCheck;
import io.calicomesos.doctor.RoutesCheck;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdAccess;
import io.calicomesos.ipam.AuditReader;
import io.calicomesos.netgroup.FelixEnforcer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code calico-mesos doctor}: looks on this host and in etcd for what goes wrong in practice. Changes nothing. */
@Command(
        name = "doctor",
        description = "Look on this host and in etcd for what goes wrong in practice, and say what to do. Changes nothing; as root.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:no trouble was found", "1:there is trouble", "2:it could not look: no configuration was found, or it is wrong"})
final class DoctorCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private EtcdOptions etcdOptions;

    @Mixin
    private LiveOptions live;

    @Mixin
    private Output output;

    /**
     * What came of a check.
     *
     * @param check its name
     * @param troubles a line each
     */
    private record Looked(String check, List<String> troubles) {}

    @Override
    public Integer call() throws ConfigurationException {
        Optional<Configuration> configuration = etcdOptions.configuration();
        EtcdAccess access = etcdOptions.access();
        List<Looked> all = new ArrayList<>();
        Progress progress = new Progress(spec.commandLine().getErr(), "looking at this host");
        ofThisHost(configuration).forEach(each -> all.add(look(each)));
        all.add(look(new CertificatesCheck(access, Clock.systemUTC())));
        progress.end();
        try (EtcdConnection connection = etcdOptions.connect()) {
            Etcd etcd = connection.etcd();
            Looked answers = look(new EtcdCheck(etcd, access.endpoints()));
            all.add(answers);
            if (answers.troubles().size() < access.endpoints().size()) { // Without etcd the rest would only say so again.
                all.add(look(new ClockCheck(access, Clock.systemUTC())));
                inEtcd(etcd, configuration).forEach(each -> all.add(look(each)));
            }
        } catch (CompletionException e) {
            all.add(new Looked("etcd", List.of(e.getCause().getMessage())));
        } catch (IllegalArgumentException e) { // A certificate or a password that cannot be used.
            all.add(new Looked("etcd", List.of(e.getMessage())));
        }
        output.print(all, out -> {
            Table table = new Table("CHECK", "FOUND");
            for (Looked each : all) {
                if (each.troubles().isEmpty()) {
                    table.row(each.check(), "no trouble");
                }
                each.troubles().forEach(trouble -> table.row(each.check(), trouble));
            }
            table.print(out);
        });
        return all.stream().allMatch(each -> each.troubles().isEmpty()) ? 0 : 1;
    }

    private static Looked look(Check check) {
        return new Looked(check.name(), check.troubles());
    }

    private List<Check> ofThisHost(Optional<Configuration> configuration) throws ConfigurationException {
        ProcSys settings = new ProcSys(Path.of("/proc/sys"));
        List<Agent> agents = Agent.running(Path.of("/proc"));
        List<Loading> loadings = new LoadedModules(agents, etcdOptions.configurationFile()).all();
        boolean felix = isFelix(configuration);
        return List.of(
                new ModuleCheck(live.client(configuration)), new IsolationCheck(agents, Path.of("/etc")),
                new JavaCheck(loadings, Path.of("/")), new MesosVersionCheck(loadings),
                new KernelModulesCheck(needed(configuration, felix), Path.of("/")), new ConnectionsCheck(settings),
                new ReversePathCheck(settings, Path.of("/proc/net/netstat")),
                felix ? new FelixCheck(configuration.flatMap(Configuration::felixStatusDirectory)
                        .orElse(FelixEnforcer.USUAL_STATUS_DIRECTORY)) : new ForwardingCheck(settings));
    }

    private static boolean isFelix(Optional<Configuration> configuration) {
        return configuration.map(Configuration::enforcer).orElse(EnforcerKind.BUILTIN) == EnforcerKind.FELIX;
    }

    private static Set<String> needed(Optional<Configuration> configuration, boolean felix) {
        Set<String> needed = new TreeSet<>(List.of("veth"));
        if (!felix) {
            needed.addAll(List.of("nf_tables", "nf_conntrack", "nft_ct", "nft_chain_nat", "nft_nat", "nft_masq", "nft_fib_inet"));
        }
        if (configuration.stream().flatMap(each -> each.networks().values().stream()).anyMatch(each -> !each.bandwidth().equals(Bandwidth.UNLIMITED))) {
            needed.addAll(List.of("sch_tbf", "sch_ingress", "act_mirred", "cls_u32", "ifb"));
        }
        return needed;
    }

    private List<Check> inEtcd(Etcd etcd, Optional<Configuration> configuration) throws ConfigurationException {
        Datastore datastore = new Datastore(etcd, spec.commandLine().getErr());
        String name = etcdOptions.nodeName();
        Map<String, Node> nodes = datastore.under(Keys.NODES, Node.class);
        Optional<Node> node = Optional.ofNullable(nodes.get(Keys.NODES + name));
        Collection<IpPool> pools = datastore.under(Keys.POOLS, IpPool.class).values();
        boolean felix = isFelix(configuration);
        List<Check> checks = new ArrayList<>(List.of(
                new NodeCheck(name, nodes.values(), Configuration.CALICO_NODE_NAME), new PoolsCheck(pools, node),
                new RoutesCheck(pools, Path.of("/proc/net"), felix ? Optional.empty() : Optional.of(nodes.values().stream()
                        .flatMap(each -> each.addresses().stream()).collect(Collectors.toSet())))));
        if (felix) {
            Map<String, FelixConfiguration> settings = new HashMap<>();
            datastore.under(Keys.FELIX_CONFIGURATIONS, FelixConfiguration.class)
                    .forEach((key, each) -> settings.put(key.substring(Keys.FELIX_CONFIGURATIONS.length()), each));
            checks.add(new FelixStatusCheck(name, datastore.keys(FelixStatusCheck.PREFIX), settings));
            checks.add(new ExecutorsCheck(name, settings));
        }
        checks.add(new LostAddressesCheck(new AuditReader(etcd).read().join()));
        return checks;
    }
}
