package io.calicomesos.cli;

import io.calicomesos.live.Report;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code calico-mesos containers}: this host's containers with a network of their own, a line for each network. */
@Command(
        name = "containers",
        description = "List this host's containers with their addresses, netgroups, interfaces and owners. Asks the module; as root.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:listed", "2:no module answers"})
final class ContainersCommand implements Callable<Integer> {
    @Mixin
    private ConfigOptions config;

    @Mixin
    private LiveOptions live;

    @Mixin
    private Output output;

    @Override
    public Integer call() throws Exception {
        Report report = live.report(config.configuration());
        output.print(report.containers(), out -> {
            Table table = new Table("CONTAINER", "NETWORK", "ADDRESSES", "NETGROUPS", "INTERFACES", "AGE", "OWNER");
            for (Report.Container container : report.containers()) {
                for (Report.Network each : container.networks()) {
                    table.row(
                            container.id(), each.name(), String.join(",", each.addresses()), String.join(",", each.netgroups()),
                            each.containerInterface() + "," + each.hostInterface(), Age.since(container.launched()),
                            owner(container.owner()));
                }
            }
            table.print(out);
        });
        return 0;
    }

    private static String owner(Report.Owner owner) {
        String whose = Stream.of(owner.framework(), owner.executor(), owner.task()).filter(Objects::nonNull).collect(Collectors.joining("/"));
        return owner.roles().isEmpty() ? whose : whose + " (" + String.join(",", owner.roles()) + ")";
    }
}
