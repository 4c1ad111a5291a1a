package io.calicomesos.doctor;

import io.calicomesos.live.Report;
import io.calicomesos.live.ReportClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Whether the module runs in an agent of this host, and its enforcer is in place. */
public final class ModuleCheck implements Check {
    private final ReportClient module;

    /**
     * Prepares.
     *
     * @param module asked how it is
     */
    public ModuleCheck(ReportClient module) {
        this.module = module;
    }

    @Override
    public String name() {
        return "module";
    }

    @Override
    public List<String> troubles() {
        Report report;
        try {
            report = module.report();
        } catch (IOException e) {
            return List.of(e.getMessage());
        }
        List<String> troubles = new ArrayList<>();
        if (Boolean.FALSE.equals(report.enforcer().inPlace())) {
            troubles.add("the enforcer's rules are not in the kernel: see the agent's log");
        }
        for (Report.Member each : report.etcd()) {
            if (each.error() != null) {
                troubles.add("the module gets no answer from etcd at " + each.endpoint() + ": " + each.error());
            }
        }
        return troubles;
    }
}
