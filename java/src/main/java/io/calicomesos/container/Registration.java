package io.calicomesos.container;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.Metadata;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.ProfileName;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.ipam.Launch;
import io.calicomesos.ipam.Launched;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.mesos.Protos.NetworkInfo;

/**
 * What stands in etcd of a container with a network: its endpoint, with its labels, and the profiles of its netgroups, which are
 * made with the first member.
 *
 * @param attachment what follows from its id
 * @param request what it asks for
 * @param owner whose it is
 */
record Registration(Attachment attachment, NetworkRequest request, Owner owner) {

    private String endpointKey() {
        return Keys.endpoint(request.namespace(), attachment.endpoint());
    }

    private List<ProfileName> profiles() {
        return request.netgroups().stream().map(ProfileName::ofNetgroup).toList();
    }

    /**
     * What is to be committed.
     *
     * @param timeout how long to try
     */
    Launch launch(Duration timeout) {
        Instant now = Instant.now();
        Map<String, String> labels = new HashMap<>(request.labels());
        labels.putAll(owner.labels());
        Metadata metadata = Metadata.created(attachment.endpoint().toString(), request.namespace(), UUID.randomUUID(), now)
                .withLabels(labels);
        List<Launch.Document> profiles = new ArrayList<>();
        for (String netgroup : request.netgroups()) {
            Profile profile = Profile.ofNetgroup(netgroup, UUID.randomUUID(), now);
            profiles.add(new Launch.Document(
                    Keys.profile(new ProfileName(profile.metadata().name())), Json.write(profile), false));
        }
        return new Launch(
                attachment.handle(), request.wishes(), request.pools(), addresses -> documents(metadata, addresses, profiles), timeout);
    }

    private List<Launch.Document> documents(Metadata metadata, List<InetAddress> addresses, List<Launch.Document> profiles) {
        WorkloadEndpoint endpoint = WorkloadEndpoint.of(
                metadata, attachment.endpoint(), addresses.stream().map(Cidr::of).toList(), profiles(), attachment.hostInterface(),
                attachment.mac());
        List<Launch.Document> documents = new ArrayList<>();
        documents.add(new Launch.Document(endpointKey(), Json.write(endpoint), true));
        documents.addAll(profiles);
        return documents;
    }

    /**
     * What is written down of it here, once it is committed.
     *
     * @param container its id
     * @param info the NetworkInfo that it was launched with
     * @param launched what it got
     */
    Checkpoint checkpoint(ContainerPath container, NetworkInfo info, Launched launched) {
        return new Checkpoint(
                Checkpoint.VERSION, container, endpointKey(), launched.revision(), attachment.handle().value(),
                attachment.hostInterface().value(), attachment.mac().value(),
                launched.addresses().stream().map(InetAddresses::toAddrString).toList(),
                profiles().stream().map(ProfileName::value).toList(), List.copyOf(request.netgroups()), info.toByteArray(), false);
    }
}
