package io.calicomesos.container;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What is written down of a container that has networks, so that they survive the agent. One file each, named after the workload,
 * in {@code runtime_dir}/containers.
 *
 * @param version of this format; one of an older version ({@link CheckpointV1}) becomes this when it is read
 * @param container its id
 * @param owner whose it is; null in what an older version wrote
 * @param launched when it got its addresses, as in 2026-11-24T15:54:14Z; null likewise
 * @param handle the IPAM handle that holds its addresses
 * @param endpointRevision the revision at which the keys of its endpoints were created; a delete compares it
 * @param networks in the order of its NetworkInfos, at least one
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Checkpoint(
        int version,
        ContainerPath container,
        CheckpointedOwner owner,
        String launched,
        String handle,
        long endpointRevision,
        List<CheckpointedNetwork> networks) {

    static final int VERSION = 2;

    private static final long UNKNOWN_REVISION = 0; // etcd's begin with 1.

    /** Copies the list. */
    Checkpoint {
        networks = List.copyOf(networks);
        if (networks.isEmpty()) {
            throw new IllegalArgumentException("a checkpoint without a network");
        }
    }

    /** Whose it is, if that was written down. */
    Optional<Owner> knownOwner() {
        return Optional.ofNullable(owner).map(CheckpointedOwner::owner);
    }

    /** The addresses of all networks, those of the first first. */
    List<String> addresses() {
        return networks.stream().flatMap(each -> each.addresses().stream()).toList();
    }

    /** The host ends of all networks. */
    List<String> hostInterfaces() {
        return networks.stream().map(CheckpointedNetwork::hostInterface).toList();
    }

    /** The netgroups of all networks, each once. */
    List<String> netgroups() {
        return networks.stream().flatMap(each -> each.netgroups().stream()).distinct().toList();
    }

    /** The same before its endpoints are written again: by whom those are that are there then, nobody knows. */
    Checkpoint withUnknownEndpoints() {
        return new Checkpoint(version, container, owner, launched, handle, UNKNOWN_REVISION, networks);
    }

    /** Whether it is known when its endpoints were created. */
    boolean knowsEndpoints() {
        return endpointRevision != UNKNOWN_REVISION;
    }

    /** The keys of all endpoints, and the revision at which each was created. */
    Map<String, Long> endpoints() {
        return networks.stream().collect(Collectors.toMap(CheckpointedNetwork::endpointKey, each -> endpointRevision));
    }
}
