package io.calicomesos.container;

import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.ProfileName;
import io.calicomesos.ipam.Launch;
import io.calicomesos.ipam.Launched;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.mesos.Protos.NetworkInfo;

/**
 * What stands in etcd of all networks of a container: made by one transaction.
 *
 * @param container its id
 * @param owner whose it is
 * @param handle under which all addresses are held
 * @param networks one after the other
 */
record Registrations(ContainerPath container, Owner owner, HandleId handle, List<Registration> networks) {

    static Registrations of(NodeName node, ContainerPath container, ContainerRequest request, Owner owner) {
        List<Registration> networks = new ArrayList<>();
        for (NetworkRequest each : request.networks()) {
            networks.add(Registration.of(Attachment.of(node, container, networks.size()), each, owner));
        }
        return new Registrations(container, owner, Attachment.handle(node, container), networks);
    }

    /** The profiles of all networks, each once. */
    List<Profile> profiles() {
        Map<String, Profile> profiles = new LinkedHashMap<>();
        networks.forEach(network -> network.profiles().forEach(each -> profiles.putIfAbsent(each.metadata().name(), each)));
        return List.copyOf(profiles.values());
    }

    /**
     * What is to be committed.
     *
     * @param timeout how long to try
     */
    Launch launch(Duration timeout) {
        List<Launch.Document> ofProfiles = profiles().stream().map(Registrations::document).toList(); // Once, not at each attempt.
        return new Launch(
                handle, networks.stream().map(Registration::wishes).toList(), addresses -> documents(addresses, ofProfiles), timeout);
    }

    private static Launch.Document document(Profile profile) {
        return new Launch.Document(Keys.profile(new ProfileName(profile.metadata().name())), Json.write(profile), false);
    }

    private List<Launch.Document> documents(List<InetAddress> addresses, List<Launch.Document> ofProfiles) {
        List<Launch.Document> documents = new ArrayList<>();
        List<List<InetAddress>> byNetwork = byNetwork(addresses);
        for (int i = 0; i < networks.size(); i++) {
            documents.add(networks.get(i).document(byNetwork.get(i)));
        }
        documents.addAll(ofProfiles);
        return documents;
    }

    /** The addresses are given in the order of the wishes. */
    private List<List<InetAddress>> byNetwork(List<InetAddress> addresses) {
        List<List<InetAddress>> byNetwork = new ArrayList<>();
        int from = 0;
        for (Registration each : networks) {
            int to = from + each.request().wishes().size();
            byNetwork.add(addresses.subList(from, to));
            from = to;
        }
        return byNetwork;
    }

    /**
     * What is written down of it here, once it is committed.
     *
     * @param infos the NetworkInfos that asked for it
     * @param launched what it got
     * @param when it was launched; null if that is not known
     */
    Checkpoint checkpoint(List<NetworkInfo> infos, Launched launched, String when) {
        List<CheckpointedNetwork> checkpointed = new ArrayList<>();
        List<List<InetAddress>> byNetwork = byNetwork(launched.addresses());
        for (int i = 0; i < networks.size(); i++) {
            checkpointed.add(networks.get(i).checkpoint(infos.get(i), byNetwork.get(i)));
        }
        return new Checkpoint(
                Checkpoint.VERSION, container, CheckpointedOwner.of(owner), when, handle.value(), launched.revision(), checkpointed);
    }
}
