package io.calicomesos.calico;

import java.util.List;

/**
 * The name of a netgroup's {@link Profile}, and the label that the profile puts on its members. A netgroup that Calico
 * can hold as both stands for itself, any other gets a {@link MappedName}; two netgroups never meet in one name.
 *
 * <p>As a profile's name Calico takes a lower-case DNS subdomain of 253; as a label's key in {@code labelsToApply} a
 * Kubernetes qualified name, 63 characters after the prefix; in {@code has(…)} letters, digits and {@code _ . / -}. What
 * all three take is a lower-case DNS subdomain of 63.
 *
 * @param value the profile's name
 */
public record ProfileName(String value) {
    /**
     * Before the name in the label's key. Calico's plug-in takes the bare name; but a rule lets in who wears the label, so a
     * framework must not be able to put it on by itself. No label of a NetworkInfo keeps a slash ({@link EndpointLabels}).
     */
    public static final String LABEL_PREFIX = "netgroup.calico-mesos.io/";

    /** Of the profile of containers in no netgroup, see {@link Profile#ofNoNetgroup}; no netgroup's. */
    public static final ProfileName NO_NETGROUP = new ProfileName("calico-mesos-no-netgroup");

    private static final int MAX_LABEL_KEY = 63;
    /**
     * Names with a meaning of their own: the profile that allows everything is built into Calico and not read from etcd;
     * the others begin profiles and labels of Kubernetes namespaces and service accounts, by which policies select.
     */
    private static final String DEFAULT_ALLOW = "projectcalico-default-allow";
    private static final List<String> RESERVED_PREFIXES = List.of("kns.", "ksa.", "pcns.", "pcsa.");

    /** Refuses what {@link #ofNetgroup} would not give. */
    public ProfileName {
        if (!fits(value)) {
            throw new IllegalArgumentException("profile name '" + value + "': must be a lower-case DNS subdomain of at most "
                + MAX_LABEL_KEY + " characters");
        }
    }

    /**
     * The name of a netgroup's profile.
     *
     * @param netgroup any characters, any length
     */
    public static ProfileName ofNetgroup(final String netgroup) {
        if (netgroup.isEmpty()) {
            throw new IllegalArgumentException("netgroup '': must not be empty");
        }
        return new ProfileName(fits(netgroup) && !reserved(netgroup) && !MappedName.looksMapped(netgroup)
            ? netgroup : MappedName.of("netgroup", List.of(netgroup)));
    }

    /** The key of the label that members wear, with an empty value. */
    public String label() {
        return LABEL_PREFIX + value;
    }

    @Override
    public String toString() {
        return value;
    }

    private static boolean fits(final String name) {
        return name.length() <= MAX_LABEL_KEY && NodeName.SUBDOMAIN.matcher(name).matches();
    }

    private static boolean reserved(final String name) {
        return name.equals(DEFAULT_ALLOW) || name.equals(NO_NETGROUP.value) || RESERVED_PREFIXES.stream().anyMatch(name::startsWith);
    }
}
