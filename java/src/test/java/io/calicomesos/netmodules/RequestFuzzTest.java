package io.calicomesos.netmodules;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** What net-modules, or whoever calls in its place, writes to our standard input, byte by byte: understood, or refused. */
class RequestFuzzTest {
    @FuzzTest
    void request(byte[] json) {
        try {
            assertThat(RequestReader.read(json)).isNotNull();
        } catch (BadRequestException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
