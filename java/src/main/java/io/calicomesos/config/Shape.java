package io.calicomesos.config;

/** What the value of a parameter looks like, and what is said of one that does not. */
enum Shape {
    TEXT("text", "a single value is expected"),
    URLS("URLs, separated by commas", "http://host:port or https://host:port is expected, with a port from 1 to " + EtcdSettings.MAX_PORT
            + ", as in http://10.0.0.1:2379"),
    PATH("absolute path", "an absolute path is expected"),
    DURATION("duration", "a positive duration up to 24hrs is expected, with a unit of ms, secs, mins or hrs, as in 10secs"),
    MTU("bytes, " + Configuration.MIN_MTU + " to " + Configuration.MAX_MTU,
            "a number from " + Configuration.MIN_MTU + " to " + Configuration.MAX_MTU + " is expected"),
    ENFORCER("`felix` or `builtin`",
            "felix (calico-node runs on this host) or builtin (the module enforces by itself) is expected"),
    ADDRESS("IP address and port, or `off`", "an IP address and a port are expected, as in 127.0.0.1:19091, or off"),
    FLAG("`true` or `false`", "true or false is expected"),
    DNS("[object](#dns)", "an object is expected, as in {\"nameservers\": [\"10.0.0.53\"]}"),
    NETWORKS("[object](#networks)", "an object of objects is expected, as in {\"name\": {\"netgroups\": [\"a\"]}}"),
    NETGROUPS("[object](#netgroups)", "an object of objects is expected, as in {\"name\": {\"pools\": [\"a\"]}}"),
    NAMESPACES("[object](#namespaces)", "an object of objects is expected, as in {\"name\": {\"roles\": [\"a\"]}}"),
    FILE("path of a file", "cannot be read"),
    DIRECTORY("path of a directory", "is missing"),
    SIZE("number and `k`, `m` or `g`", "a number and k, m or g is expected, as in 64m"),
    OPTIONS("options, separated by spaces", "Check the parameters java_heap and java_options");

    private final String words;
    private final String allowed;

    Shape(String words, String allowed) {
        this.words = words;
        this.allowed = allowed;
    }

    /** For the reference. */
    String words() {
        return words;
    }

    /** The end of the message that refuses another value. */
    String allowed() {
        return allowed;
    }

    boolean isObject() {
        return this == DNS || this == NETWORKS || this == NETGROUPS || this == NAMESPACES;
    }
}
