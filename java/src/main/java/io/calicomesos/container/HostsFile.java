package io.calicomesos.container;

import java.util.List;

/** A container's {@code /etc/hosts}. */
final class HostsFile {
    private HostsFile() {}

    /**
     * Its text.
     *
     * @param name the container's host name
     * @param addresses the container's, the first of each family being the one that its name is looked up as
     */
    static String of(HostName name, List<String> addresses) {
        StringBuilder text = new StringBuilder("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n");
        for (String address : addresses) {
            text.append(address).append(' ').append(name);
            name.alias().ifPresent(alias -> text.append(' ').append(alias));
            text.append('\n');
        }
        return text.toString();
    }
}
