package io.calicomesos.cli;

import picocli.CommandLine.Command;

/** {@code calico-mesos ipam}: what an operator does about addresses. */
@Command(
        name = "ipam",
        description = "Look after the addresses in the datastore.",
        mixinStandardHelpOptions = true,
        subcommands = {IpamCheckCommand.class, IpamReleaseCommand.class, IpamShowCommand.class},
        synopsisSubcommandLabel = "COMMAND")
final class IpamCommand {
}
