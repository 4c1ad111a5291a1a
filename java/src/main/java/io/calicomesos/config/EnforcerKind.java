package io.calicomesos.config;

/** Who lets traffic through: calico-node's Felix on this host, or this module by itself. */
public enum EnforcerKind {
    FELIX, BUILTIN
}
