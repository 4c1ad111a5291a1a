package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.config.Dns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResolvConfTest {
    @TempDir
    private Path directory;
    private Path ofHost;
    private Path ofSystemd;
    private ResolvConf resolvConf;

    @BeforeEach
    void nameFiles() {
        ofHost = directory.resolve("etc");
        ofSystemd = directory.resolve("systemd");
        resolvConf = new ResolvConf(ofHost, ofSystemd);
    }

    @Test
    void settingsAreWrittenAsTheResolverReadsThem() {
        assertThat(ResolvConf.of(new Dns(List.of("10.0.0.53", "fd00::53"), Optional.of("a.example"), List.of("a.example", "b.example"),
                List.of("ndots:2", "rotate")))).isEqualTo("""
                domain a.example
                search a.example b.example
                options ndots:2 rotate
                nameserver 10.0.0.53
                nameserver fd00::53
                """);
        assertThat(ResolvConf.of(new Dns(List.of("10.0.0.53"), Optional.empty(), List.of(), List.of())))
                .isEqualTo("nameserver 10.0.0.53\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nameserver 10.0.0.53\n", "nameserver 127.0.0.53\nnameserver\t10.0.0.53", "nameserver fe80::1%eth0"})
    void theHostsIsUsedIfOneNameServerCanBeReached(String text) throws IOException {
        Files.writeString(ofHost, text);
        Files.writeString(ofSystemd, "nameserver 10.0.0.54\n");
        assertThat(resolvConf.ofHost()).contains(ofHost);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nameserver 127.0.0.53\noptions edns0\n", "nameserver ::1\n", "# nameserver 10.0.0.53\n", ""})
    void systemdsTakesThePlaceOfOneThatHasOnlyTheLoopback(String text) throws IOException {
        Files.writeString(ofHost, text);
        Files.writeString(ofSystemd, "nameserver 10.0.0.54\n");
        assertThat(resolvConf.ofHost()).contains(ofSystemd);
        Files.writeString(ofSystemd, "nameserver 127.0.0.54\n");
        assertThat(resolvConf.ofHost()).contains(ofHost);
        Files.delete(ofSystemd);
        assertThat(resolvConf.ofHost()).contains(ofHost);
    }

    @Test
    void aHostWithoutOneGivesNone() throws IOException {
        assertThat(resolvConf.ofHost()).isEmpty();
    }
}
