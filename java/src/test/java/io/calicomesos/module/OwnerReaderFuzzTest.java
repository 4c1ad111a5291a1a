package io.calicomesos.module;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.calicomesos.calico.OneLine;
import io.calicomesos.container.MalformedMessageException;
import io.calicomesos.container.MesosMessage;
import io.calicomesos.container.RefusedException;
import io.calicomesos.module.wire.ContainerConfig;
import io.calicomesos.module.wire.ContainerState;

/** What the agent says of a container, byte by byte, as it is launched and as it is recovered: whose it is is known, or it is refused with one line. */
class OwnerReaderFuzzTest {
    @FuzzTest
    void launched(byte[] bytes) throws Exception {
        try {
            ContainerConfig config = MesosMessage.read("ContainerConfig", bytes, ContainerConfig::parseFrom);
            OwnerReader.of(config);
        } catch (MalformedMessageException | RefusedException e) {
            assertThat(e.getMessage()).isNotBlank().isEqualTo(OneLine.of(e.getMessage()));
        }
    }

    @FuzzTest
    void recovered(byte[] bytes) throws Exception {
        try {
            ContainerState state = MesosMessage.read("ContainerState", bytes, ContainerState::parseFrom);
            OwnerReader.of(state);
        } catch (MalformedMessageException e) {
            assertThat(e.getMessage()).isNotBlank().isEqualTo(OneLine.of(e.getMessage()));
        }
    }
}
