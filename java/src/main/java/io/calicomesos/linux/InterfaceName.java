package io.calicomesos.linux;

import java.util.regex.Pattern;

/** What an interface may be called. The kernel allows more; in particular it numbers a name with a "%d" by itself. */
final class InterfaceName {
    private static final Pattern VALID = Pattern.compile("[A-Za-z0-9_.@-]{1,15}");

    private InterfaceName() {}

    /**
     * @param name  the name to check
     * @param field what it is the name of, for the message
     * @return the name
     * @throws IllegalArgumentException unless it has 1 to 15 letters, digits, or any of _ . @ -
     */
    static String check(String name, String field) {
        if (!VALID.matcher(name).matches() || name.equals(".") || name.equals("..")) {
            throw new IllegalArgumentException(field + " \"" + name
                    + "\" is no name for an interface: 1 to 15 letters, digits, or any of _ . @ -");
        }
        return name;
    }
}
