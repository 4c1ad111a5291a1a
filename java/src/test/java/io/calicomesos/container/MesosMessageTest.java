package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Base64;
import org.apache.mesos.Protos.ContainerInfo;
import org.apache.mesos.Protos.NetworkInfo;
import org.junit.jupiter.api.Test;

class MesosMessageTest {
    @Test
    void whatWasWrittenIsRead() throws Exception {
        NetworkInfo info = NetworkInfo.newBuilder().setName("web").build();
        NetworkInfo read = MesosMessage.read("NetworkInfo", info.toByteArray(), NetworkInfo::parseFrom);
        assertThat(read.getName()).isEqualTo("web");
    }

    @Test
    void aMessageThatIsCutOffIsMalformed() {
        byte[] bytes = {10, 20, 'w'};
        assertThatExceptionOfType(MalformedMessageException.class)
                .isThrownBy(() -> MesosMessage.read("NetworkInfo", bytes, NetworkInfo::parseFrom))
                .withMessageMatching("NetworkInfo of 3 bytes cannot be read, it is no such message: While parsing .+");
    }

    @Test
    void aMessageThatProtobufReadsBeyondItsEndIsMalformed() {
        byte[] bytes = Base64.getDecoder().decode("CAJS9f///9f1//8ALQAI");
        assertThatExceptionOfType(MalformedMessageException.class)
                .isThrownBy(() -> MesosMessage.read("ContainerInfo", bytes, ContainerInfo::parseFrom))
                .withMessageStartingWith("ContainerInfo of 15 bytes cannot be read, it is no such message: its parser threw java.lang.ArrayIndexOutOfBounds");
    }

    @Test
    void aMessageOfAHundredBytesForWhichProtobufWantsGigabytesIsMalformed() {
        byte[] bytes = Base64.getDecoder().decode("CAJS9f///9f//wgIAlL1////AjoPGgRwcm9bGlL1/zA5TfvlCikiAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwgAAAAAAAAAAAAAcm9kEgMxME375QopInJvZBoI");
        // Where the test's heap has gigabytes, it reads beyond the end instead.
        assertThatExceptionOfType(MalformedMessageException.class)
                .isThrownBy(() -> MesosMessage.read("ContainerInfo", bytes, ContainerInfo::parseFrom))
                .withMessageMatching("ContainerInfo of 126 bytes cannot be read, it is no such message: its parser threw java.lang..+");
    }
}
