package io.calicomesos.config;

/** A setting that cannot be used. The message names the key, its value, and what is allowed. */
public final class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1;

    public ConfigurationException(String message) {
        super(message);
    }
}
