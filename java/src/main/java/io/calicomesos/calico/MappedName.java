package io.calicomesos.calico;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.io.BaseEncoding;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A name for what Calico cannot hold: {@code <readable>-<hash>}. Two different originals never meet: the hash is the
 * first 155 bits of SHA-256 over their lengths and characters, as 31 base-32 digits, a length that no usual identifier
 * has; and an original that itself looks like a mapped name must be mapped too ({@link #looksMapped}).
 */
final class MappedName {
    private static final int HASH_LENGTH = 31;
    private static final int READABLE_LENGTH = 23;
    /** No mapped name is longer. */
    static final int MAX_LENGTH = READABLE_LENGTH + 1 + HASH_LENGTH;

    private static final BaseEncoding BASE_32 = BaseEncoding.base32Hex().lowerCase().omitPadding();
    private static final Pattern MAPPED = Pattern.compile(".*-[0-9a-v]{" + HASH_LENGTH + "}", Pattern.DOTALL);

    private MappedName() {
    }

    /**
     * The mapped name: lower-case letters, digits and inner dashes, at most {@link #MAX_LENGTH} long.
     *
     * @param kind  what is named, for originals in which nothing is readable: {@code group}
     * @param parts the original, as a list of any strings
     */
    static String of(final String kind, final List<String> parts) {
        final Hasher hasher = Hashing.sha256().newHasher();
        for (final String part : parts) {
            hasher.putInt(part.length()).putUnencodedChars(part);
        }
        final String hash = BASE_32.encode(hasher.hash().asBytes()).substring(0, HASH_LENGTH);
        final String text = String.join("-", parts);
        final String readable = trimmed(text.substring(0, Math.min(text.length(), 4 * READABLE_LENGTH)).toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9]+", "-"));
        return (readable.isEmpty() ? kind : readable) + "-" + hash;
    }

    /** Whether a name has the shape of a mapped one. */
    static boolean looksMapped(final String name) {
        return MAPPED.matcher(name).matches();
    }

    private static String trimmed(final String dashed) {
        final String front = dashed.startsWith("-") ? dashed.substring(1) : dashed;
        final String cut = front.substring(0, Math.min(front.length(), READABLE_LENGTH));
        return cut.endsWith("-") ? cut.substring(0, cut.length() - 1) : cut;
    }
}
