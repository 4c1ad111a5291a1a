package io.calicomesos.module;

import com.google.protobuf.ByteString;
import io.calicomesos.container.ContainerPath;
import io.calicomesos.container.Mount;
import io.calicomesos.container.NetworkFiles;
import io.calicomesos.container.Prepared;
import io.calicomesos.container.RefusedException;
import io.calicomesos.module.wire.ContainerLaunchInfo;
import io.calicomesos.module.wire.ContainerMountInfo;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.mesos.Protos.Environment;

/** Writes what Mesos has to do for a container when it launches it: namespaces, mounts, environment. */
final class LaunchInfos {
    private static final int CLONE_NEWNS = 0x00020000; // linux/sched.h
    private static final int CLONE_NEWUTS = 0x04000000;
    private static final int CLONE_NEWNET = 0x40000000;

    private final NetworkFiles files;
    private final boolean inPlaceOfCni;

    /**
     * Prepares.
     *
     * @param files those that containers see
     * @param inPlaceOfCni whether nobody else gives files to containers with an image on the host network
     */
    LaunchInfos(NetworkFiles files, boolean inPlaceOfCni) {
        this.files = files;
        this.inPlaceOfCni = inPlaceOfCni;
    }

    /**
     * What it needs.
     *
     * @param container its id
     * @param prepared the network that it gets
     * @param image where its image is unpacked
     * @param debug whether it lives in its parent's namespaces
     * @return a ContainerLaunchInfo, or null if it needs nothing from us
     * @throws RefusedException if its files cannot be written as it asks
     */
    byte[] of(ContainerPath container, Prepared prepared, Optional<Path> image, boolean debug) throws RefusedException {
        ContainerLaunchInfo.Builder launchInfo = ContainerLaunchInfo.newBuilder();
        if (prepared instanceof Prepared.OwnNetwork own) {
            mount(launchInfo, own.mounts());
            return launchInfo.addCloneNamespaces(CLONE_NEWNET).addCloneNamespaces(CLONE_NEWUTS)
                    .setEnvironment(ByteString.copyFrom(environment(own).toByteArray()))
                    .build().toByteArray();
        }
        if (prepared instanceof Prepared.ParentsNetwork) {
            if (!debug) { // A debug container lives among its parent's mounts.
                mount(launchInfo, files.share(container, image));
            }
            return launchInfo.addEnterNamespaces(CLONE_NEWNET).addEnterNamespaces(CLONE_NEWUTS).build().toByteArray();
        }
        if (inPlaceOfCni && image.isPresent()) { // Beside network/cni, that does it.
            mount(launchInfo, files.ofHost(image.get()));
            return launchInfo.build().toByteArray();
        }
        return null;
    }

    /** Where mounts are asked for, Mesos demands a mount namespace. */
    private static void mount(ContainerLaunchInfo.Builder launchInfo, List<Mount> mounts) {
        if (!mounts.isEmpty()) {
            launchInfo.addCloneNamespaces(CLONE_NEWNS);
        }
        for (Mount each : mounts) {
            ContainerMountInfo.Builder mount =
                    ContainerMountInfo.newBuilder().setTarget(each.target().toString()).setFlags(each.flags());
            each.source().ifPresent(source -> mount.setSource(source.toString()));
            launchInfo.addMounts(mount.build().toByteString());
        }
    }

    /**
     * The agent tells executors to bind to its own address, which is not in their namespace. Not 0.0.0.0, as network/cni says:
     * the executor would then tell the agent the address that its host name resolves to, which is often 127.0.0.1.
     *
     * <p>libprocess binds to an IPv4 address in any case, and ends the executor if LIBPROCESS_IP is another: without one it gets
     * that of its loopback, and its address in LIBPROCESS_IP6, which libprocess just passes on. It is then no more than what an
     * executor needs that talks to the agent over a domain socket (--http_executor_domain_sockets).
     */
    private static Environment environment(Prepared.OwnNetwork own) {
        Environment.Builder environment = Environment.newBuilder();
        Optional<String> ipv4 = own.addresses().stream().filter(each -> each.indexOf(':') < 0).findFirst();
        variable(environment, "LIBPROCESS_IP", ipv4.orElse("127.0.0.1"));
        if (ipv4.isEmpty()) {
            variable(environment, "LIBPROCESS_IP6", own.addresses().get(0));
        }
        return environment.build();
    }

    private static void variable(Environment.Builder environment, String name, String value) {
        environment.addVariables(Environment.Variable.newBuilder().setName(name).setValue(value));
    }
}
