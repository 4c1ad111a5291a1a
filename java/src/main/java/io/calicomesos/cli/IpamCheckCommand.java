package io.calicomesos.cli;

import io.calicomesos.etcd.Etcd;
import io.calicomesos.ipam.AuditReader;
import io.calicomesos.ipam.AuditReport;
import io.calicomesos.ipam.Finding;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code calico-mesos ipam check}: reads everything about addresses at one revision of etcd, and prints what contradicts itself,
 * a line each. Changes nothing.
 */
@Command(
        name = "check",
        description = "List what is inconsistent: lost addresses, addresses that can be given twice. Changes nothing.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:no errors; there may be notices", "1:errors were found", "2:the datastore could not be read"})
final class IpamCheckCommand implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int SOUND = 0;
    private static final int ERRORS = 1;
    private static final int UNREAD = 2;

    @Spec
    private CommandSpec spec;

    @Mixin
    private EtcdOptions etcdOptions;

    @Override
    public Integer call() {
        AuditReport report;
        try (Etcd etcd = new Etcd(etcdOptions.access(), TIMEOUT)) {
            report = new AuditReader(etcd).read().join();
        } catch (RuntimeException e) {
            // Not left to the handler of all commands: its status would say that errors were found.
            Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
            spec.commandLine().getErr().println("calico-mesos: " + cause.getMessage());
            return UNREAD;
        }
        report.findings().forEach(spec.commandLine().getOut()::println);
        spec.commandLine().getOut().println(report.summary());
        return report.count(Finding.Severity.ERROR) == 0 ? SOUND : ERRORS;
    }
}
