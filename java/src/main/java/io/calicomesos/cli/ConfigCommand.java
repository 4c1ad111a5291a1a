package io.calicomesos.cli;

import picocli.CommandLine.Command;

/** {@code calico-mesos config}: what an operator does about the module's parameters. */
@Command(
        name = "config",
        description = "Look after the module's parameters.",
        mixinStandardHelpOptions = true,
        subcommands = {ConfigCheckCommand.class},
        synopsisSubcommandLabel = "COMMAND")
final class ConfigCommand {
}
