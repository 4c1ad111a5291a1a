package io.calicomesos.calico;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Rules and labels for the endpoints that name it: {@code /calico/resources/v3/projectcalico.org/profiles/<name>}.
 *
 * @param kind       {@code Profile}
 * @param apiVersion {@link Resource#API_VERSION}
 * @param metadata   name by {@link ProfileName}
 * @param spec       rules and labels
 * @param other      fields that we do not know
 */
public record Profile(String kind, String apiVersion, Metadata metadata, Spec spec,
                      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) implements Resource {
    /** The kind. */
    public static final String KIND = "Profile";
    /** The netgroup that everybody may reach. */
    public static final String PUBLIC = "public";
    /** Annotation with the real name of a netgroup whose profile had to be named otherwise. */
    public static final String NETGROUP_ANNOTATION = "calico-mesos.io/netgroup";

    /** Absent parts are empty; a value of another kind is refused. */
    public Profile {
        kind = Resource.only("kind", KIND, kind);
        apiVersion = Resource.only("apiVersion", API_VERSION, apiVersion);
        metadata = metadata == null ? Metadata.NONE : metadata;
        spec = spec == null ? new Spec(null, null, null, null) : spec;
        other = Metadata.unknown(other);
    }

    /**
     * The profile of a netgroup, as Calico's CNI plug-in makes the one of a network: it puts a label on its members
     * ({@link ProfileName#label}) and lets in who wears it ({@link #PUBLIC}: everybody); everything may go out.
     *
     * @param netgroup the group's own name, any characters
     * @param uid      random
     * @param created  now
     */
    public static Profile ofNetgroup(final String netgroup, final UUID uid, final Instant created) {
        final ProfileName name = ProfileName.ofNetgroup(netgroup);
        final Metadata metadata = Metadata.created(name.value(), null, uid, created);
        final EntityRule members = netgroup.equals(PUBLIC) ? EntityRule.ANY : EntityRule.matching("has(" + name.label() + ")");
        return new Profile(null, null,
            name.value().equals(netgroup) ? metadata : metadata.withAnnotations(Map.of(NETGROUP_ANNOTATION, netgroup)),
            new Spec(List.of(Rule.allowFrom(members)), List.of(Rule.allowFrom(EntityRule.ANY)), Map.of(name.label(), ""), null), null);
    }

    /** Whether one of its rules lets everything in. */
    public boolean letsEveryoneIn() {
        return spec.ingress().contains(Rule.allowFrom(EntityRule.ANY));
    }

    /**
     * The profiles of a container.
     *
     * @param netgroups the netgroups it is in; in none it has that of {@link #ofNoNetgroup}
     * @param created now
     */
    public static List<Profile> ofContainer(final Collection<String> netgroups, final Instant created) {
        return netgroups.isEmpty() ? List.of(ofNoNetgroup(UUID.randomUUID(), created))
            : netgroups.stream().map(each -> ofNetgroup(each, UUID.randomUUID(), created)).toList();
    }

    /**
     * The profile of the containers that are in no netgroup: nobody is let in, and everything may go out. Without any profile,
     * Calico lets nothing out, and an executor could not reach its agent.
     *
     * @param uid     random
     * @param created now
     */
    public static Profile ofNoNetgroup(final UUID uid, final Instant created) {
        return new Profile(null, null, Metadata.created(ProfileName.NO_NETGROUP.value(), null, uid, created),
            new Spec(null, List.of(Rule.allowFrom(EntityRule.ANY)), null, null), null);
    }

    /**
     * Rules and labels.
     *
     * @param ingress       what may reach the endpoint: the first rule that matches decides; none: nothing may
     * @param egress        what it may reach, likewise
     * @param labelsToApply labels that each endpoint of this profile wears; the endpoint's own win
     * @param other         fields that we do not know
     */
    public record Spec(List<Rule> ingress, List<Rule> egress, Map<String, String> labelsToApply,
                       @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {
        /** Copies; null is empty. */
        public Spec {
            ingress = ingress == null ? List.of() : List.copyOf(ingress);
            egress = egress == null ? List.of() : List.copyOf(egress);
            labelsToApply = labelsToApply == null ? Map.of() : Map.copyOf(labelsToApply);
            other = Metadata.unknown(other);
        }
    }
}
