package io.calicomesos.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The man page calico-mesos(8), made of what the commands say of themselves; for scripts/package. */
public final class ManPage {
    private static final String HEAD = """
            .TH CALICO-MESOS 8 "" "%s" "calico-mesos"
            .SH NAME
            calico\\-mesos \\- Calico networking for Mesos containers
            .SH SYNOPSIS
            .B calico\\-mesos
            .I COMMAND
            .RI [ OPTION ...]
            .SH DESCRIPTION
            What an operator does by hand for the module calico-mesos of a Mesos agent. Without a word, and with a request on standard
            input, it is
            .BR "calico\\-mesos net\\-modules" .
            .SH COMMANDS
            """;

    private static final String TAIL = """
            .SH ENVIRONMENT
            .TP
            .B JAVA_HOME
            The Java runtime; default: the java in PATH
            .TP
            .B CALICO_MESOS_JAVA
            Where the jars are; default: /usr/share/calico\\-mesos/java
            .TP
            .B CALICO_MESOS_LIBRARY
            Where the libraries are; default: /usr/lib/calico\\-mesos
            .SH FILES
            .TP
            .I /etc/calico\\-mesos/config.json
            The module's settings
            .TP
            .I /etc/calico\\-mesos/modules.json
            What the agent's \\-\\-modules names
            .TP
            .I /etc/calico\\-mesos/agent.env
            What the agent's unit gets in its environment
            .TP
            .I /var/lib/calico\\-mesos
            The journal of what is under way
            .TP
            .I /usr/share/doc/calico\\-mesos
            All settings, and what there is to know
            """;

    private final StringBuilder page = new StringBuilder();

    private ManPage() {}

    /**
     * Prints it.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {
        ManPage man = new ManPage();
        CommandSpec all = new CommandLine(new CalicoMesos()).getCommandSpec();
        man.page.append(String.format(HEAD, String.join("", all.version())));
        man.commands(all);
        System.out.print(man.page.append(TAIL));
    }

    private void commands(CommandSpec parent) {
        for (CommandLine each : parent.subcommands().values()) {
            if (each.getSubcommands().isEmpty()) {
                command(each.getCommandSpec());
            } else {
                commands(each.getCommandSpec());
            }
        }
    }

    private void command(CommandSpec spec) {
        page.append(".SS ").append(escaped(spec.qualifiedName().replaceFirst("^calico-mesos ", ""))).append('\n');
        line(escaped(String.join(" ", spec.usageMessage().description())));
        for (OptionSpec each : spec.options()) {
            if (each.usageHelp() || each.versionHelp()) {
                continue; // Every command has them.
            }
            page.append(".TP\n");
            line(bold(String.join("\\fR, \\fB", each.names()), each.arity().max() == 0 ? "" : " " + each.paramLabel()));
            line(escaped(String.join(" ", described(each))));
        }
        if (!spec.usageMessage().exitCodeList().isEmpty()) {
            page.append(".PP\nExit status:\n");
            spec.usageMessage().exitCodeList().forEach((status, meaning) -> {
                page.append(".TP\n");
                line(bold(status, ""));
                line(escaped(meaning));
            });
        }
    }

    private static List<String> described(OptionSpec option) {
        List<String> lines = new ArrayList<>();
        for (String each : option.description()) {
            lines.add(each.replace("${DEFAULT-VALUE}", String.valueOf(option.defaultValue())));
        }
        return lines;
    }

    private static String bold(String text, String plain) {
        return "\\fB" + text.replace("-", "\\-") + "\\fR" + escaped(plain);
    }

    /** A dash that is typed, and what roff takes for its own. */
    private static String escaped(String text) {
        return Help.Ansi.OFF.string(text).replace("\\", "\\e").replace("-", "\\-");
    }

    /** A line that begins with a dot or a quote is a request of roff. */
    private void line(String text) {
        page.append(text.startsWith(".") || text.startsWith("'") ? "\\&" : "").append(text).append('\n');
    }
}
