package io.calicomesos.calico;

/** What all of Calico's v3 resources have in common: {@code /calico/resources/v3/projectcalico.org/…}. */
public sealed interface Resource permits ClusterInformation, FelixConfiguration, IpPool, IpReservation, Node, Policy, Profile, Tier,
    WorkloadEndpoint {
    /** The only apiVersion there is. */
    String API_VERSION = "projectcalico.org/v3";

    /** For example {@code Profile}. */
    String kind();

    /** {@link #API_VERSION}. */
    String apiVersion();

    /** Name, labels and so on. */
    Metadata metadata();

    /** For the constructors: absent is the only value allowed, Felix does not insist on either; another one is refused. */
    static String only(final String field, final String allowed, final String value) {
        if (value != null && !value.equals(allowed)) {
            throw new IllegalArgumentException(field + " '" + value + "': must be '" + allowed + "'");
        }
        return allowed;
    }
}
