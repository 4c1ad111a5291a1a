package io.calicomesos.module;

import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.Range;
import com.google.common.collect.RangeSet;
import com.google.common.collect.TreeRangeSet;
import com.google.common.primitives.Ints;
import com.google.protobuf.ByteString;
import io.calicomesos.container.MesosMessage;
import io.calicomesos.container.Owner;
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

/** Reads from Mesos's messages whose a container is. */
final class OwnerReader {
    private OwnerReader() {}

    /** Of a container that is launched. */
    static Owner of(ContainerConfig config) throws IOException {
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
        return of(Optional.of(executor), Optional.empty(), executor.getResourcesList());
    }

    private static Owner of(Optional<ExecutorInfo> executor, Optional<String> task, List<Resource> resources) {
        Set<String> roles = new HashSet<>();
        RangeSet<Integer> ports = TreeRangeSet.create();
        for (Resource resource : resources) {
            if (resource.getAllocationInfo().hasRole()) {
                roles.add(resource.getAllocationInfo().getRole());
            }
            if (resource.getName().equals("ports")) {
                resource.getRanges().getRangeList().forEach(range -> ports.add(portRange(range)));
            }
        }
        return new Owner(
                executor.filter(ExecutorInfo::hasFrameworkId).map(each -> each.getFrameworkId().getValue()),
                executor.map(each -> each.getExecutorId().getValue()), task, roles, ImmutableRangeSet.copyOf(ports));
    }

    private static Range<Integer> portRange(Value.Range range) {
        return Range.closed(Ints.saturatedCast(range.getBegin()), Ints.saturatedCast(range.getEnd()));
    }
}
