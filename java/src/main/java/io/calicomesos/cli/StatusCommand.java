package io.calicomesos.cli;

import io.calicomesos.live.Report;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code calico-mesos status}: what the module on this host does, as it says itself. */
@Command(
        name = "status",
        description = "Say what the module on this host does: version, enforcer, etcd, containers, recent launches. Asks the module; as root.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:all is well", "1:the enforcer is not in place, or an endpoint of etcd does not answer", "2:no module answers"})
final class StatusCommand implements Callable<Integer> {
    private static final int RECENT = 10; // Of those that the JSON has.

    @Mixin
    private ConfigOptions config;

    @Mixin
    private LiveOptions live;

    @Mixin
    private Output output;

    @Override
    public Integer call() throws Exception {
        Report report = live.report(config.configuration());
        output.print(report, out -> print(report, out));
        boolean answered = report.etcd().stream().allMatch(each -> each.error() == null);
        boolean enforced = report.enforcer().kind().equals("felix") || Boolean.TRUE.equals(report.enforcer().inPlace());
        return answered && enforced ? 0 : 1;
    }

    private static void print(Report report, PrintWriter out) {
        line(out, "module", report.module() + " " + report.version() + ", for " + Age.since(report.since()));
        line(out, "node", report.node());
        line(out, "enforcer", enforcer(report.enforcer()));
        List<Report.Member> members = report.etcd();
        for (int i = 0; i < members.size(); i++) {
            line(out, i == 0 ? "etcd" : "", members.get(i).endpoint()
                    + (members.get(i).error() == null ? " answers" : " does not answer: " + members.get(i).error()));
        }
        line(out, "under way", report.launches() + " launches, " + report.departures() + " departures");
        line(out, "containers", Integer.toString(report.containers().size()));
        if (!report.containers().isEmpty()) {
            out.println();
            Table table = new Table("CONTAINER", "ADDRESSES", "NETGROUPS", "AGE");
            report.containers().forEach(each -> table.row(
                    each.id(), String.join(",", each.addresses()), String.join(",", each.netgroups()), Age.since(each.launched())));
            table.print(out);
        }
        if (!report.recent().isEmpty()) {
            out.println();
            Table table = new Table("AGO", "WHAT", "CONTAINER", "ADDRESSES", "MS", "STEPS");
            report.recent().stream().limit(RECENT).forEach(each -> table.row(
                    Age.since(each.ended()), each.what(), each.container(), String.join(",", each.addresses()), each.totalMs(),
                    each.error() == null ? steps(each) : "failed: " + each.error()));
            table.print(out);
        }
    }

    private static String steps(Report.Recent recent) {
        return recent.steps().stream().map(each -> each.name() + " " + each.ms()).collect(Collectors.joining(", "));
    }

    private static void line(PrintWriter out, String name, String value) {
        out.printf("%-10s  %s%n", name, value.replaceAll("\\p{Cntrl}", "?"));
    }

    private static String enforcer(Report.Enforcer enforcer) {
        if (enforcer.kind().equals("felix")) {
            return "felix: calico-node says how it is";
        }
        if (enforcer.inPlace() == null) {
            return enforcer.kind() + ", too busy to answer";
        }
        return enforcer.kind() + (enforcer.inPlace() ? ", in place, " : ", not in place, ")
                + (enforcer.silentMs() == null ? "does not follow etcd now" : "heard of etcd " + Age.ofMs(enforcer.silentMs()) + " ago")
                + ", " + enforcer.behindMs() + " ms behind it";
    }
}
