package io.calicomesos.container;

import com.google.common.base.CharMatcher;
import io.calicomesos.linux.UtsNamespace;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a container with a network of its own is called in its UTS namespace and in its files.
 *
 * @param value letters, digits, dots, dashes and underscores, 1 to 64
 */
public record HostName(String value) {
    private static final Pattern VALID = Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?");
    private static final int MAX_LABEL = 63; // RFC 1035
    private static final CharMatcher DASH = CharMatcher.is('-');
    private static final CharMatcher IN_A_LABEL =
            CharMatcher.inRange('A', 'Z').or(CharMatcher.inRange('a', 'z')).or(CharMatcher.inRange('0', '9')).or(DASH).precomputed();

    /**
     * The host name of a container: the one it asks for, or else its id, without those of its parents, made a label.
     *
     * @param asked {@code ContainerInfo.hostname}
     * @param container its id
     * @throws RefusedException if it asks for what is none
     */
    public static HostName of(Optional<String> asked, ContainerPath container) throws RefusedException {
        if (asked.isEmpty()) {
            return new HostName(label(container.values().get(container.values().size() - 1)));
        }
        String name = asked.get();
        if (name.length() > UtsNamespace.MAX_HOST_NAME) {
            throw new RefusedException("ContainerInfo.hostname has " + name.length() + " characters: the kernel takes at most "
                    + UtsNamespace.MAX_HOST_NAME);
        }
        if (!VALID.matcher(name).matches()) {
            throw new RefusedException("ContainerInfo.hostname is '" + name + "': letters, digits, dots, dashes and underscores are"
                    + " expected, with a letter or digit at either end, as in web-1.example");
        }
        return new HostName(name);
    }

    private static String label(String id) {
        String cleaned = DASH.trimLeadingFrom(IN_A_LABEL.negate().replaceFrom(id, '-'));
        String cut = DASH.trimTrailingFrom(cleaned.substring(0, Math.min(cleaned.length(), MAX_LABEL)));
        return cut.isEmpty() ? "container" : cut;
    }

    /** Its first label, which programs that want a short name look for; none if it is no longer than that. */
    Optional<String> alias() {
        int dot = value.indexOf('.');
        return dot < 0 ? Optional.empty() : Optional.of(value.substring(0, dot));
    }

    @Override
    public String toString() {
        return value;
    }
}
