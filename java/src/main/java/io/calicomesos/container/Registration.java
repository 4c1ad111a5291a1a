package io.calicomesos.container;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.Metadata;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.ProfileName;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.config.Bandwidth;
import io.calicomesos.config.RateLimit;
import io.calicomesos.ipam.Launch;
import io.calicomesos.ipam.Wishes;
import java.net.InetAddress;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.mesos.Protos.NetworkInfo;

/**
 * What stands in etcd of one network of a container: its endpoint, with its labels, and the profiles of its netgroups, which are
 * made with the first member.
 *
 * @param attachment what follows from the container's id
 * @param request what it asks for
 * @param metadata of the endpoint
 * @param profiles those of its netgroups
 */
record Registration(Attachment attachment, NetworkRequest request, Metadata metadata, List<Profile> profiles) {

    static Registration of(Attachment attachment, NetworkRequest request, Owner owner) {
        Map<String, String> labels = new HashMap<>(request.labels());
        labels.putAll(owner.labels());
        Metadata metadata = Metadata.created(attachment.endpoint().toString(), request.namespace(), UUID.randomUUID(), Instant.now())
                .withLabels(labels);
        return new Registration(attachment, request, metadata, Profile.ofContainer(request.netgroups(), Instant.now()));
    }

    private String endpointKey() {
        return Keys.endpoint(request.namespace(), attachment.endpoint());
    }

    private List<ProfileName> profileNames() {
        return profiles.stream().map(each -> new ProfileName(each.metadata().name())).toList();
    }

    Wishes wishes() {
        return new Wishes(request.wishes(), request.pools());
    }

    /**
     * The endpoint as it is to be written.
     *
     * @param addresses what it gets
     */
    Launch.Document document(List<InetAddress> addresses) {
        WorkloadEndpoint endpoint = WorkloadEndpoint.of(
                metadata, attachment.endpoint(), addresses.stream().map(Cidr::of).toList(), profileNames(), attachment.hostInterface(),
                attachment.mac());
        return new Launch.Document(endpointKey(), Json.write(limited(endpoint)), true);
    }

    private WorkloadEndpoint limited(WorkloadEndpoint endpoint) {
        Optional<RateLimit> ingress = request.bandwidth().ingress();
        Optional<RateLimit> egress = request.bandwidth().egress();
        return request.bandwidth().equals(Bandwidth.UNLIMITED) ? endpoint : endpoint.withQosControls(new WorkloadEndpoint.QosControls(
                ingress.map(RateLimit::rate).orElse(null), ingress.map(RateLimit::burst).orElse(null),
                egress.map(RateLimit::rate).orElse(null), egress.map(RateLimit::burst).orElse(null), null));
    }

    /**
     * What is written down of it here, once it is committed.
     *
     * @param info the NetworkInfo that asked for it
     * @param addresses what it got
     */
    CheckpointedNetwork checkpoint(NetworkInfo info, List<InetAddress> addresses) {
        return new CheckpointedNetwork(
                endpointKey(), attachment.hostInterface().value(), attachment.endpoint().endpoint(), attachment.mac().value(),
                addresses.stream().map(InetAddresses::toAddrString).toList(),
                profileNames().stream().map(ProfileName::value).toList(), List.copyOf(request.netgroups()), info.toByteArray());
    }
}
