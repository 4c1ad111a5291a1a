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
 * @param profiles those of its netgroups
 */
record Registration(Attachment attachment, NetworkRequest request, Owner owner, List<Profile> profiles) {

    static Registration of(Attachment attachment, NetworkRequest request, Owner owner) {
        return new Registration(attachment, request, owner, Profile.ofContainer(request.netgroups(), Instant.now()));
    }

    private String endpointKey() {
        return Keys.endpoint(request.namespace(), attachment.endpoint());
    }

    private List<ProfileName> profileNames() {
        return profiles.stream().map(each -> new ProfileName(each.metadata().name())).toList();
    }

    /**
     * What is to be committed.
     *
     * @param timeout how long to try
     */
    Launch launch(Duration timeout) {
        Map<String, String> labels = new HashMap<>(request.labels());
        labels.putAll(owner.labels());
        Metadata metadata = Metadata.created(attachment.endpoint().toString(), request.namespace(), UUID.randomUUID(), Instant.now())
                .withLabels(labels);
        List<Launch.Document> ofProfiles = new ArrayList<>();
        for (Profile each : profiles) {
            ofProfiles.add(new Launch.Document(Keys.profile(new ProfileName(each.metadata().name())), Json.write(each), false));
        }
        return new Launch(
                attachment.handle(), request.wishes(), request.pools(), addresses -> documents(metadata, addresses, ofProfiles), timeout);
    }

    private List<Launch.Document> documents(Metadata metadata, List<InetAddress> addresses, List<Launch.Document> ofProfiles) {
        WorkloadEndpoint endpoint = WorkloadEndpoint.of(
                metadata, attachment.endpoint(), addresses.stream().map(Cidr::of).toList(), profileNames(), attachment.hostInterface(),
                attachment.mac());
        List<Launch.Document> documents = new ArrayList<>();
        documents.add(new Launch.Document(endpointKey(), Json.write(endpoint), true));
        documents.addAll(ofProfiles);
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
                profileNames().stream().map(ProfileName::value).toList(), List.copyOf(request.netgroups()), info.toByteArray(), false);
    }
}
