package io.calicomesos.cli;

import java.util.concurrent.CompletionException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/**
 * The command {@code calico-mesos}. Its exit status is 0 if it has done what it was asked for, 1 if it has and the answer is no, and 2 if
 * it has not, which it says in a line; what a command adds to this is in its help.
 */
@Command(
        name = "calico-mesos",
        description = "Calico networking for Mesos containers.",
        mixinStandardHelpOptions = true,
        subcommands = {
            InitCommand.class, StatusCommand.class, ContainersCommand.class, NetgroupsCommand.class, ExplainCommand.class, IpamCommand.class,
            ConfigCommand.class, GcCommand.class, DoctorCommand.class, ProbeCommand.class, ServeCommand.class, ModulesJsonCommand.class,
            NetModulesCommand.class},
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:done", "1:done, and the answer is no", "2:not done"})
public final class CalicoMesos {
    private static final int NOT_DONE = 2;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Say of an error also where it came from")
    private boolean verbose;

    /**
     * Runs a command.
     *
     * @param arguments the command line
     */
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    /**
     * Runs a command.
     *
     * @param arguments the command line
     * @return its exit status
     */
    public static int run(String... arguments) {
        return line().execute(arguments);
    }

    /** With its subcommands. */
    static CommandLine line() {
        CalicoMesos top = new CalicoMesos();
        CommandLine line = new CommandLine(top);
        line.getCommandSpec().version(version());
        return line.setExecutionExceptionHandler((thrown, command, result) -> top.failed(thrown, command))
                .setParameterExceptionHandler((refused, arguments) -> refused(refused));
    }

    /** What was wrong with etcd, the module or a file. */
    private int failed(Exception thrown, CommandLine command) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        command.getErr().println("calico-mesos: " + (cause.getMessage() == null ? cause.toString() : cause.getMessage()));
        if (verbose) {
            cause.printStackTrace(command.getErr());
        }
        return NOT_DONE;
    }

    /** What was wrong with the arguments. */
    private static int refused(ParameterException refused) {
        CommandLine command = refused.getCommandLine();
        String expected = command.getSubcommands().isEmpty() ? "" : "; there are " + String.join(", ", command.getSubcommands().keySet());
        command.getErr().println("calico-mesos: " + refused.getMessage().replaceAll("\\R", " ") + expected + "; see "
                + command.getCommandSpec().qualifiedName() + " --help");
        return NOT_DONE;
    }

    /** What stands in the jar's manifest. */
    private static String version() {
        String version = CalicoMesos.class.getPackage().getImplementationVersion();
        return "calico-mesos " + (version == null ? "development" : version);
    }
}
