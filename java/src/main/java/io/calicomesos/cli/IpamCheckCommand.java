package io.calicomesos.cli;

import io.calicomesos.etcd.Etcd;
import io.calicomesos.ipam.AuditReader;
import io.calicomesos.ipam.AuditReport;
import io.calicomesos.ipam.Finding;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

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
    private static final int SOUND = 0;
    private static final int ERRORS = 1;

    @Mixin
    private EtcdOptions etcdOptions;

    @Mixin
    private Output output;

    @Override
    public Integer call() {
        AuditReport report;
        try (EtcdConnection connection = etcdOptions.connect()) {
            Etcd etcd = connection.etcd();
            report = new AuditReader(etcd).read().join();
        }
        output.print(report.findings(), out -> {
            report.findings().forEach(out::println);
            out.println(report.summary());
        });
        return report.count(Finding.Severity.ERROR) == 0 ? SOUND : ERRORS;
    }
}
