package io.calicomesos.module;

import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.Range;
import com.google.common.collect.RangeSet;
import com.google.common.collect.TreeRangeSet;
import com.google.common.primitives.Ints;
import com.google.protobuf.ByteString;
import io.calicomesos.calico.OneLine;
import io.calicomesos.container.MesosMessage;
import io.calicomesos.container.Owner;
import io.calicomesos.container.RefusedException;
import io.calicomesos.module.wire.ContainerConfig;
import io.calicomesos.module.wire.ContainerState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.mesos.Protos.ExecutorInfo;
import org.apache.mesos.Protos.Resource;
import org.apache.mesos.Protos.TaskInfo;
import org.apache.mesos.Protos.Value;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads from Mesos's messages whose a container is. */
final class OwnerReader {
    private static final Logger LOG = LoggerFactory.getLogger(OwnerReader.class);

    private OwnerReader() {}

    /**
     * Of a container that is launched.
     *
     * @param config what Mesos says of it
     * @throws IOException if one of its parts is no such message
     * @throws RefusedException if a range of ports ends before it begins
     */
    static Owner of(ContainerConfig config) throws IOException, RefusedException {
        Optional<ExecutorInfo> executor = !config.hasExecutorInfo() ? Optional.empty()
                : Optional.of(MesosMessage.read("ExecutorInfo", config.getExecutorInfo().toByteArray(), ExecutorInfo::parseFrom));
        Optional<String> task = !config.hasTaskInfo() ? Optional.empty()
                : Optional.of(MesosMessage.read("TaskInfo", config.getTaskInfo().toByteArray(), TaskInfo::parseFrom).getName());
        List<Resource> resources = new ArrayList<>();
        for (ByteString each : config.getResourcesList()) {
            resources.add(MesosMessage.read("Resource", each.toByteArray(), Resource::parseFrom));
        }
        return of(executor, task, resources);
    }

    /** After a restart of the agent: Mesos keeps the resources of the executor, no longer those of its tasks. */
    static Owner of(ContainerState state) throws IOException {
        if (!state.hasExecutorInfo()) {
            return Owner.UNKNOWN;
        }
        ExecutorInfo executor = MesosMessage.read("ExecutorInfo", state.getExecutorInfo().toByteArray(), ExecutorInfo::parseFrom);
        try {
            return of(Optional.of(executor), Optional.empty(), executor.getResourcesList());
        } catch (RefusedException e) { // It was not launched by us; the agent starts for the others' sake.
            LOG.warn("executor {} is nobody's: {}", OneLine.of(executor.getExecutorId().getValue()), e.getMessage());
            return Owner.UNKNOWN;
        }
    }

    private static Owner of(Optional<ExecutorInfo> executor, Optional<String> task, List<Resource> resources) throws RefusedException {
        Set<String> roles = new HashSet<>();
        RangeSet<Integer> ports = TreeRangeSet.create();
        for (Resource resource : resources) {
            if (resource.getAllocationInfo().hasRole()) {
                roles.add(resource.getAllocationInfo().getRole());
            }
            if (resource.getName().equals("ports")) {
                for (Value.Range range : resource.getRanges().getRangeList()) {
                    ports.add(portRange(range));
                }
            }
        }
        return new Owner(
                executor.filter(ExecutorInfo::hasFrameworkId).map(each -> each.getFrameworkId().getValue()),
                executor.map(each -> each.getExecutorId().getValue()), task, roles, ImmutableRangeSet.copyOf(ports));
    }

    private static Range<Integer> portRange(Value.Range range) throws RefusedException {
        if (Long.compareUnsigned(range.getBegin(), range.getEnd()) > 0) {
            throw new RefusedException("a resource ports has the range " + Long.toUnsignedString(range.getBegin()) + "-"
                    + Long.toUnsignedString(range.getEnd()) + ": its end may not be before its begin");
        }
        return Range.closed(port(range.getBegin()), port(range.getEnd()));
    }

    /** Of what is no port, none either. */
    private static int port(long unsigned) {
        return unsigned < 0 ? Integer.MAX_VALUE : Ints.saturatedCast(unsigned);
    }
}
