package io.calicomesos.calico;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;

/** Messages that quote what somebody else wrote, which may be anything and of any length. */
public final class OneLine {
    private static final int MAX_LENGTH = 2_000;
    /** What ends a line somewhere, or moves a terminal's cursor. */
    private static final CharMatcher CONTROL = CharMatcher.javaIsoControl().and(CharMatcher.isNot('\t')).or(CharMatcher.anyOf("\u2028\u2029"));

    private OneLine() {
    }

    /**
     * The message as one line that fits into a log.
     *
     * @param message any
     * @return without control characters, at most 2,000 characters
     */
    public static String of(final String message) {
        return CONTROL.replaceFrom(Ascii.truncate(message, MAX_LENGTH, "…"), '?');
    }
}
