package io.calicomesos.container;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.common.hash.Hashing;
import com.google.common.primitives.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.assertj.core.api.Assertions;

/** The files that outlive the agent, byte by byte: they are read, or set aside. */
class FilesFuzzTest {
    @FuzzTest
    void checkpoint(byte[] bytes) {
        try {
            Checkpoint read = CheckpointStore.decode(bytes);
            read.addresses();
            read.endpoints();
            read.hostInterfaces();
        } catch (IOException e) {
            Assertions.assertThat(e.getMessage()).isNotBlank();
        }
    }

    @FuzzTest
    void intent(byte[] json) {
        try {
            Journal.decode(json);
        } catch (IOException e) {
            Assertions.assertThat(e.getMessage()).isNotBlank();
        }
        String header = "calico-mesos journal 1 " + String.format("%08x", Hashing.crc32c().hashBytes(json).asInt()) + "\n";
        try {
            Intent read = Journal.decode(Bytes.concat(header.getBytes(StandardCharsets.US_ASCII), json));
            read.departure();
        } catch (IOException e) {
            Assertions.assertThat(e.getMessage()).isNotBlank();
        }
    }
}
