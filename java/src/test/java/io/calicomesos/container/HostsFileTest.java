package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HostsFileTest {
    private static final String LOCAL = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n";

    @Test
    void theContainerKnowsItselfByEachOfItsAddresses() {
        assertThat(HostsFile.of(new HostName("web-1"), List.of("198.18.0.7", "fd00::7")))
                .isEqualTo(LOCAL + "198.18.0.7 web-1\nfd00::7 web-1\n");
    }

    @Test
    void aNameWithADomainHasItsFirstLabelAsWell() {
        assertThat(HostsFile.of(new HostName("web-1.example.org"), List.of("198.18.0.7")))
                .isEqualTo(LOCAL + "198.18.0.7 web-1.example.org web-1\n");
    }
}
