package io.calicomesos.ipam;

import java.util.List;

/**
 * What an {@link Audit} found.
 *
 * @param blocks how many there are
 * @param addresses how many are held
 * @param handles how many there are
 * @param endpoints how many there are
 * @param findings by kind, then by key; none if all is well
 * @param leaks the addresses that are lost, in the order of their blocks; each is among the findings
 */
public record AuditReport(int blocks, int addresses, int handles, int endpoints, List<Finding> findings, List<Leak> leaks) {
    /** Copies. */
    public AuditReport {
        findings = List.copyOf(findings);
        leaks = List.copyOf(leaks);
    }

    /** How many findings there are of a severity. */
    public int count(Finding.Severity severity) {
        return (int) findings.stream().filter(each -> each.kind().severity() == severity).count();
    }

    /** One line: what there is, and how many findings. */
    public String summary() {
        int errors = count(Finding.Severity.ERROR);
        int notices = count(Finding.Severity.NOTICE);
        return counted(blocks, "block", "s") + ", " + counted(addresses, "address", "es") + ", "
                + counted(handles, "handle", "s") + ", " + counted(endpoints, "endpoint", "s") + ": "
                + (errors == 0 ? "no errors" : counted(errors, "error", "s"))
                + (notices == 0 ? "" : ", " + counted(notices, "notice", "s"));
    }

    private static String counted(int count, String noun, String ending) {
        return count + " " + noun + (count == 1 ? "" : ending);
    }
}
