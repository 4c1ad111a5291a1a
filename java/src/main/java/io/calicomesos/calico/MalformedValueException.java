package io.calicomesos.calico;

/** A value in etcd that is not what its key promises. Its message is one line: the key, then what is wrong. */
public final class MalformedValueException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String key;

    /**
     * @param key     the etcd key whose value is malformed
     * @param problem what is wrong with the value and what is allowed, one line
     * @param cause   what found it, or null
     */
    public MalformedValueException(final String key, final String problem, final Throwable cause) {
        super(OneLine.of(key + ": " + problem), cause);
        this.key = key;
    }

    /** The etcd key whose value is malformed. */
    public String key() {
        return key;
    }
}
