package io.calicomesos.ports;

import java.util.Locale;

/**
 * A port of the host that leads to one of a container: Mesos's {@code NetworkInfo.PortMapping}.
 *
 * @param protocol of both
 * @param hostPort 1 to 65535
 * @param containerPort 1 to 65535
 */
public record PortMapping(Protocol protocol, int hostPort, int containerPort) {
    /** What is mapped. */
    public enum Protocol {
        TCP, UDP;

        /** As nft and Mesos write it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The host's side, for messages and as nft writes it. */
    record HostPort(Protocol protocol, int port) {
        @Override
        public String toString() {
            return protocol + " port " + port;
        }
    }

    HostPort host() {
        return new HostPort(protocol, hostPort);
    }
}
