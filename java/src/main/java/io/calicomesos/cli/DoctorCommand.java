package io.calicomesos.cli;

import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.Node;
import io.calicomesos.config.Configuration;
import io.calicomesos.config.ConfigurationException;
import io.calicomesos.config.EnforcerKind;
import io.calicomesos.doctor.Check;
import io.calicomesos.doctor.ConnectionsCheck;
import io.calicomesos.doctor.EtcdCheck;
import io.calicomesos.doctor.FelixCheck;
import io.calicomesos.doctor.ForwardingCheck;
import io.calicomesos.doctor.IsolationCheck;
import io.calicomesos.doctor.LostAddressesCheck;
import io.calicomesos.doctor.ModuleCheck;
import io.calicomesos.doctor.NodeCheck;
import io.calicomesos.doctor.PoolsCheck;
import io.calicomesos.doctor.ProcSys;
import io.calicomesos.doctor.RoutesCheck;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdAccess;
import io.calicomesos.ipam.AuditReader;
import io.calicomesos.netgroup.FelixEnforcer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
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
        progress.end();
        try (EtcdConnection connection = etcdOptions.connect()) {
            Etcd etcd = connection.etcd();
            Looked answers = look(new EtcdCheck(etcd, access.endpoints()));
            all.add(answers);
            if (answers.troubles().size() < access.endpoints().size()) { // Without etcd the rest would only say so again.
                inEtcd(etcd).forEach(each -> all.add(look(each)));
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

    private List<Check> ofThisHost(Optional<Configuration> configuration) {
        ProcSys settings = new ProcSys(Path.of("/proc/sys"));
        List<Check> checks = new ArrayList<>(List.of(
                new ModuleCheck(live.client(configuration)), new IsolationCheck(Path.of("/proc")), new ConnectionsCheck(settings)));
        if (configuration.map(Configuration::enforcer).orElse(EnforcerKind.BUILTIN) == EnforcerKind.FELIX) {
            checks.add(new FelixCheck(configuration.flatMap(Configuration::felixStatusDirectory)
                    .orElse(FelixEnforcer.USUAL_STATUS_DIRECTORY)));
        } else {
            checks.add(new ForwardingCheck(settings));
        }
        return checks;
    }

    private List<Check> inEtcd(Etcd etcd) throws ConfigurationException {
        Datastore datastore = new Datastore(etcd, spec.commandLine().getErr());
        String name = etcdOptions.nodeName();
        Optional<Node> node = Optional.ofNullable(datastore.under(Keys.NODES, Node.class).get(Keys.NODES + name));
        Collection<IpPool> pools = datastore.under(Keys.POOLS, IpPool.class).values();
        return List.of(
                new NodeCheck(name, node), new PoolsCheck(pools, node), new RoutesCheck(pools, Path.of("/proc/net/route")),
                new LostAddressesCheck(new AuditReader(etcd).read().join()));
    }
}
