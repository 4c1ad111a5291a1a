package io.calicomesos.config;

import com.google.common.base.Ascii;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Each parameter of the module, once: docs/configuration.md is printed from here. */
public enum Parameter {
    ETCD_ENDPOINTS(Shape.URLS, Default.words("required"), "Client URLs of etcd's members, all with http or all with https."),
    ETCD_CA_CERT_FILE(Shape.PATH, Default.words("Java's authorities"), "With https, in PEM: who signs the members' certificates."),
    ETCD_CERT_FILE(Shape.PATH, Default.NONE, "With https, in PEM: the client's certificate. [etcd.md](etcd.md#tls-and-who-we-are)"),
    ETCD_KEY_FILE(Shape.PATH, Default.NONE, "With https, in PEM (PKCS #8): the client's key, accessible to its owner alone."),
    ETCD_USERNAME(Shape.TEXT, Default.NONE, "etcd's user. The smallest role is in [etcd.md](etcd.md#the-smallest-role)."),
    ETCD_PASSWORD_FILE(Shape.PATH, Default.NONE, "A file with the user's password, accessible to its owner alone."),
    ETCD_REQUEST_TIMEOUT(Shape.DURATION, Default.value("2secs"), "How long one request to etcd may take."),
    ETCD_LAUNCH_TIMEOUT(Shape.DURATION, Default.value("10secs"), "How long a launch waits for etcd in all before the task fails."),
    NODE_NAME(Shape.TEXT, Default.words("host name, in lower case"),
            "This host's name in Calico; where calico-node runs, the same as its. While the Node of that name has an address that no "
            + "interface here has, launches are refused, and nothing is swept."),
    ENFORCER(Shape.ENFORCER, Default.words("`felix` where `" + Configuration.CALICO_NODE_NAME + "` exists, else `builtin`"),
            "Who enforces netgroups on this host: calico-node, or the module. [netgroups.md](netgroups.md)"),
    FELIX_STATUS_DIR(Shape.PATH, Default.words("`/var/run/calico/endpoint-status`, if it exists"),
            "With `felix`: where Felix says, by a file, that a container's rules are in. [felix.md](felix.md#when-a-launch-goes-on)"),
    FELIX_TIMEOUT(Shape.DURATION, Default.value("10secs"), "With `felix`: how long a launch waits for that file before the task fails."),
    RUNTIME_DIR(Shape.PATH, Default.value(Configuration.RUNTIME_DIRECTORY),
            "The containers' checkpoints, files and network namespaces, the launches under way, and the socket `calico-mesos.sock`; nobody "
            + "but its owner may write there."),
    STATE_DIR(Shape.PATH, Default.value("/var/lib/calico-mesos"),
            "The journal of releases that etcd has not heard of; must survive a reboot."),
    MTU(Shape.MTU, Default.words("the default route's"), "Of the containers' interfaces. [containers.md](containers.md#interfaces-and-limits)"),
    NETWORKS(Shape.NETWORKS, Default.NONE, "The networks that `NetworkInfo.name` can name."),
    DNS(Shape.DNS, Default.words("the host's"), "The `/etc/resolv.conf` of containers whose network has no `dns` of its own."),
    NETGROUPS(Shape.NETGROUPS, Default.NONE, "Where the members' addresses come from, and the Mesos roles that may join."),
    NAMESPACES(Shape.NAMESPACES, Default.NONE, "The Mesos roles whose containers may have endpoints there."),
    SWEEP_INTERVAL(Shape.DURATION, Default.value("10mins"),
            "How often etcd is searched for what containers of this host left that are gone, and by one host of all for unused profiles."),
    SWEEP_GRACE(Shape.DURATION, Default.value("1mins"), "How long such a thing must have been seen before it is given back."),
    CALL_TIMEOUT(Shape.DURATION, Default.value("5mins"),
            "After which a call of the agent that was not answered is answered with a failure, should it ever come to that."),
    METRICS_ADDRESS(Shape.ADDRESS, Default.value("127.0.0.1:19091"), "Where Prometheus is answered. [metrics.md](metrics.md)"),
    VERBOSE(Shape.FLAG, Default.value("false"), "Debug lines in the agent's log."),

    CONFIG(Shape.FILE, Default.NONE, "A JSON file whose object holds any of the above.", true),
    JAVA_HOME(Shape.DIRECTORY, Default.words("`JAVA_HOME`, then the distribution's"), "The JDK or JRE, 17 or newer.", true),
    JAVA_CLASSPATH(Shape.DIRECTORY, Default.words("`/usr/share/calico-mesos/java`"),
            "Where the jars are, and a class-data archive if there is one.", true),
    JAVA_LIBRARY_PATH(Shape.DIRECTORY, Default.words("the module's own directory"), "Where `libcalico_mesos_linux.so` is.", true),
    JAVA_HEAP(Shape.SIZE, Default.words("`64m`"), "The largest heap, in bytes.", true),
    JAVA_OPTIONS(Shape.OPTIONS, Default.NONE, "More options for the virtual machine.", true);

    private final Shape shape;
    private final Default otherwise;
    private final String meaning;
    private final boolean early;

    Parameter(Shape shape, Default otherwise, String meaning) {
        this(shape, otherwise, meaning, false);
    }

    Parameter(Shape shape, Default otherwise, String meaning, boolean early) {
        this.shape = shape;
        this.otherwise = otherwise;
        this.meaning = meaning;
        this.early = early;
    }

    /**
     * What holds where a parameter is not set.
     *
     * @param value as it would be written; none if it depends on the host
     * @param words for the reference
     */
    record Default(Optional<String> value, String words) {
        static final Default NONE = words("none");

        static Default value(String value) {
            return new Default(Optional.of(value), "`" + value + "`");
        }

        static Default words(String words) {
            return new Default(Optional.empty(), words);
        }
    }

    /** As it is written in modules.json and in the file. */
    public String key() {
        return Ascii.toLowerCase(name());
    }

    /**
     * Says no to a value.
     *
     * @param text the value
     * @return with key, value and what is allowed
     */
    ConfigurationException refused(String text) {
        return refused(key(), text);
    }

    /** The same of a parameter that is called otherwise where it was set, as an option of the command. */
    ConfigurationException refused(String spelled, String text) {
        return new ConfigurationException(spelled + " is '" + text + "': " + shape.allowed());
    }

    Shape shape() {
        return shape;
    }

    Default otherwise() {
        return otherwise;
    }

    /** A sentence or two, in Markdown. */
    String meaning() {
        return meaning;
    }

    /** Whether it is read before the file, and before there is Java, so that it can stand in modules.json alone. */
    boolean isEarly() {
        return early;
    }

    /** The one of a key. */
    static Optional<Parameter> of(String key) {
        return Arrays.stream(values()).filter(each -> each.key().equals(key)).findAny();
    }

    /** The keys of some, in order. */
    static Set<String> keys(Predicate<Parameter> which) {
        return Arrays.stream(values()).filter(which).map(Parameter::key).collect(Collectors.toCollection(TreeSet::new));
    }
}
