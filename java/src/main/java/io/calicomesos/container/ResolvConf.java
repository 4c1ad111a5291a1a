package io.calicomesos.container;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.net.InetAddresses;
import io.calicomesos.config.Dns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /etc/resolv.conf}: that of containers whose network has DNS settings, and the host's for all others. */
final class ResolvConf {
    private static final Logger LOG = LoggerFactory.getLogger(ResolvConf.class);

    private static final Splitter WORDS = Splitter.on(CharMatcher.whitespace()).omitEmptyStrings();
    private static final Splitter SCOPE = Splitter.on('%');

    private final Path ofHost;
    private final Path ofSystemd;
    private final AtomicBoolean warned = new AtomicBoolean();

    /**
     * Names the host's files.
     *
     * @param ofHost what the host's programs read
     * @param ofSystemd where systemd-resolved, if it runs, writes the name servers that it asks itself
     */
    ResolvConf(Path ofHost, Path ofSystemd) {
        this.ofHost = ofHost;
        this.ofSystemd = ofSystemd;
    }

    /** The text for DNS settings. */
    static String of(Dns dns) {
        StringBuilder text = new StringBuilder();
        dns.domain().ifPresent(domain -> text.append("domain ").append(domain).append('\n'));
        line(text, "search", dns.search());
        line(text, "options", dns.options());
        dns.nameservers().forEach(each -> text.append("nameserver ").append(each).append('\n'));
        return text.toString();
    }

    private static void line(StringBuilder text, String keyword, List<String> words) {
        if (!words.isEmpty()) {
            text.append(keyword).append(' ').append(String.join(" ", words)).append('\n');
        }
    }

    /**
     * The host's file that is of use in another network namespace: a name server on the host's loopback is not there.
     *
     * @return none if the host has none
     * @throws IOException if it cannot be read
     */
    Optional<Path> ofHost() throws IOException {
        if (!Files.exists(ofHost)) {
            return Optional.empty();
        }
        if (reachesOut(ofHost)) {
            return Optional.of(ofHost);
        }
        if (Files.exists(ofSystemd) && reachesOut(ofSystemd)) {
            return Optional.of(ofSystemd);
        }
        if (!warned.getAndSet(true)) {
            LOG.warn("{} has no name server that containers with a network of their own can ask: name one with the parameter dns",
                    ofHost);
        }
        return Optional.of(ofHost);
    }

    private static boolean reachesOut(Path file) throws IOException {
        return Files.readString(file).lines()
                .map(WORDS::splitToList)
                .filter(words -> words.size() > 1 && words.get(0).equals("nameserver"))
                .map(words -> SCOPE.split(words.get(1)).iterator().next()) // An IPv6 address may have one.
                .anyMatch(address -> InetAddresses.isInetAddress(address) && !InetAddresses.forString(address).isLoopbackAddress());
    }
}
