package io.calicomesos.container;

/** No container gets a network here, whatever it asks for: this host goes by a name that is another's. */
public final class NodeNameException extends RefusedException {
    private static final long serialVersionUID = 1;

    /**
     * Refuses.
     *
     * @param message the name, what speaks against it, and what to do
     */
    NodeNameException(String message) {
        super(message);
    }
}
