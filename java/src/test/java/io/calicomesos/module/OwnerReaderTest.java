package io.calicomesos.module;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.collect.Range;
import com.google.protobuf.ByteString;
import io.calicomesos.container.Owner;
import io.calicomesos.container.RefusedException;
import io.calicomesos.module.wire.ContainerConfig;
import io.calicomesos.module.wire.ContainerState;
import org.apache.mesos.Protos.ExecutorID;
import org.apache.mesos.Protos.ExecutorInfo;
import org.apache.mesos.Protos.Resource;
import org.apache.mesos.Protos.Value;
import org.junit.jupiter.api.Test;

class OwnerReaderTest {
    @Test
    void thePortsAreThoseOfTheResources() throws Exception {
        assertThat(OwnerReader.of(launchedWith(ports(31_000, 31_004))).ports().asRanges()).containsExactly(Range.closed(31_000, 31_004));
        assertThat(OwnerReader.of(launchedWith(ports(1, -1))).ports().asRanges()).as("to 2^64-1")
                .containsExactly(Range.closed(1, Integer.MAX_VALUE));
    }

    @Test
    void aRangeThatEndsBeforeItBeginsIsRefused() {
        assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> OwnerReader.of(launchedWith(ports(9, 5))))
                .withMessage("a resource ports has the range 9-5: its end may not be before its begin");
        assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> OwnerReader.of(launchedWith(ports(-1, 5))))
                .withMessageContaining("18446744073709551615-5");
    }

    @Test
    void anAgentStartsAllTheSameOnAContainerWithSuchARange() throws Exception {
        ExecutorInfo executor = ExecutorInfo.newBuilder().setExecutorId(ExecutorID.newBuilder().setValue("e")).addResources(ports(9, 5)).build();
        assertThat(OwnerReader.of(ContainerState.newBuilder().setExecutorInfo(ByteString.copyFrom(executor.toByteArray())).buildPartial()))
                .isEqualTo(Owner.UNKNOWN);
    }

    private static ContainerConfig launchedWith(Resource resource) {
        return ContainerConfig.newBuilder().addResources(ByteString.copyFrom(resource.toByteArray())).buildPartial();
    }

    private static Resource ports(long begin, long end) {
        return Resource.newBuilder().setName("ports").setType(Value.Type.RANGES).setRanges(Value.Ranges.newBuilder()
                .addRange(Value.Range.newBuilder().setBegin(begin).setEnd(end))).build();
    }
}
