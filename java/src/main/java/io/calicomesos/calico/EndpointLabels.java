package io.calicomesos.calico;

import com.google.common.base.CharMatcher;
import java.util.regex.Pattern;

/**
 * Mesos labels as labels of a WorkloadEndpoint. Mesos takes any text as key and value, Calico what Kubernetes takes; they are
 * cleaned as Calico's CNI plug-in cleans them, so that the same policies select the same containers.
 */
public final class EndpointLabels {
    /** What Calico takes as a key without prefix, and as a value that is not empty. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");

    private static final int MAX_LENGTH = 63;

    private static final Pattern NOT_ALLOWED = Pattern.compile("[^-_.a-zA-Z0-9]+");
    private static final Pattern DOTS_AND_DASHES = Pattern.compile("[.-]+");
    private static final CharMatcher AT_THE_ENDS = CharMatcher.anyOf(".-");

    private EndpointLabels() {
    }

    /**
     * Cleans a text, in time that grows with its length alone: a slash becomes a dot, other characters that are not allowed a dash, several dashes and dots with a dot among
     * them one dot; there are none left at the ends. So a key never keeps a prefix, and never is one of Calico's own labels, nor
     * that of a netgroup.
     *
     * @param text any
     */
    public static String clean(final String text) {
        final String dashed = NOT_ALLOWED.matcher(text.replace('/', '.')).replaceAll("-");
        final String dotted = DOTS_AND_DASHES.matcher(dashed).replaceAll(run -> run.group().indexOf('.') < 0 ? run.group() : ".");
        return AT_THE_ENDS.trimFrom(dotted);
    }

    /**
     * A text that Mesos or a framework chose as a label's value: cleaned, cut to what Calico holds, and without what may not stand
     * at its ends. Two texts may become one value.
     *
     * @param text any
     */
    public static String valueOf(final String text) {
        final String clean = clean(text).replaceFirst("^[-_.]+", "");
        return clean.substring(0, Math.min(clean.length(), MAX_LENGTH)).replaceFirst("[-_.]+$", "");
    }

    /**
     * Whether Calico takes a cleaned key.
     *
     * @param key as {@link #clean} gives it
     */
    public static boolean isKey(final String key) {
        return NAME.matcher(key).matches();
    }

    /**
     * Whether Calico takes a cleaned value.
     *
     * @param value as {@link #clean} gives it
     */
    public static boolean isValue(final String value) {
        return value.isEmpty() || NAME.matcher(value).matches();
    }
}
