package io.calicomesos.doctor;

import io.calicomesos.ipam.AuditReport;
import io.calicomesos.ipam.Finding;
import java.util.ArrayList;
import java.util.List;

/** Whether what etcd holds of addresses contradicts itself: some may be lost, or be given twice. */
public final class LostAddressesCheck implements Check {
    private final AuditReport report;

    /**
     * Prepares.
     *
     * @param report of all that etcd holds
     */
    public LostAddressesCheck(AuditReport report) {
        this.report = report;
    }

    @Override
    public String name() {
        return "addresses";
    }

    @Override
    public List<String> troubles() {
        List<String> troubles = new ArrayList<>();
        int lost = report.leaks().stream().mapToInt(each -> each.addresses().size()).sum();
        if (lost > 0) {
            troubles.add(lost + (lost == 1 ? " address is" : " addresses are") + " held by containers without an endpoint: `calico-mesos gc "
                    + "--dry-run` says which, and what becomes of them");
        }
        long others = report.findings().stream().filter(each -> each.kind().severity() == Finding.Severity.ERROR)
                .filter(each -> each.kind() != Finding.Kind.ADDRESS_LEAKED).count();
        if (others > 0) {
            troubles.add(others + (others == 1 ? " contradiction" : " contradictions") + " among blocks, handles and endpoints: `calico-mesos "
                    + "ipam check` lists them");
        }
        return troubles;
    }
}
