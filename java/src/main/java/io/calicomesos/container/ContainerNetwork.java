package io.calicomesos.container;

import io.calicomesos.live.Report;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.mesos.Protos.NetworkInfo;

/** Where a container stands between prepare and the end of its cleanup. */
sealed interface ContainerNetwork {

    /** Addresses were asked for; what came of it is not known, or it failed. */
    record Attempted() implements ContainerNetwork {}

    /**
     * Addresses, endpoints and checkpoint are there.
     *
     * @param checkpoint as on disk
     * @param infos the NetworkInfos it was launched with, one for each network of the checkpoint
     */
    record Networked(Checkpoint checkpoint, List<NetworkInfo> infos) implements ContainerNetwork {

        /**
         * As a checkpoint says.
         *
         * @throws IOException if a NetworkInfo in it cannot be read
         */
        static Networked of(Checkpoint checkpoint) throws IOException {
            List<NetworkInfo> infos = new ArrayList<>();
            for (CheckpointedNetwork each : checkpoint.networks()) {
                infos.add(MesosMessage.read("NetworkInfo", each.networkInfo(), NetworkInfo::parseFrom));
            }
            return new Networked(checkpoint, infos);
        }

        /** As an operator is told. */
        Report.Container report() {
            Owner owner = checkpoint.knownOwner().orElse(Owner.UNKNOWN);
            List<Report.Network> networks = new ArrayList<>();
            for (int i = 0; i < infos.size(); i++) {
                CheckpointedNetwork network = checkpoint.networks().get(i);
                networks.add(new Report.Network(
                        infos.get(i).hasName() ? infos.get(i).getName() : null, network.containerInterface(), network.hostInterface(),
                        network.addresses(), network.netgroups()));
            }
            return new Report.Container(
                    checkpoint.container().toString(), checkpoint.handle(), checkpoint.launched(),
                    new Report.Owner(
                            owner.frameworkId().orElse(null), owner.executorId().orElse(null), owner.taskName().orElse(null),
                            owner.roles().stream().sorted().toList()),
                    networks);
        }

        /** The NetworkInfos, each with the addresses that it got. */
        List<NetworkInfo> status() {
            List<NetworkInfo> status = new ArrayList<>();
            for (int i = 0; i < infos.size(); i++) {
                NetworkInfo.Builder info = infos.get(i).toBuilder().clearIpAddresses();
                for (String address : checkpoint.networks().get(i).addresses()) {
                    info.addIpAddresses(NetworkInfo.IPAddress.newBuilder()
                            .setProtocol(address.indexOf(':') < 0 ? NetworkInfo.Protocol.IPv4 : NetworkInfo.Protocol.IPv6)
                            .setIpAddress(address));
                }
                status.add(info.build());
            }
            return status;
        }
    }

    /** It uses the network of the root of its tree. */
    record Shared() implements ContainerNetwork {}
}
