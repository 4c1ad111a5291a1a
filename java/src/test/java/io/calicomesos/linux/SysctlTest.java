package io.calicomesos.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SysctlTest {
    @Test
    void readsAndWrites() throws Exception {
        // A setting of lo that nothing depends on.
        String name = "net.ipv4.conf.lo.log_martians";
        String before = Sysctl.read(name);
        String other = before.equals("0") ? "1" : "0";
        try {
            assertThat(Sysctl.write(name, other)).isTrue();
            assertThat(Sysctl.write(name, other)).isFalse();
            assertThat(Sysctl.read("net/ipv4/conf/lo/log_martians")).isEqualTo(other);
            assertThat(Shell.run("cat /proc/sys/net/ipv4/conf/lo/log_martians")).isEqualTo(other + "\n");
        } finally {
            Sysctl.write(name, before);
        }
    }

    @Test
    void writesInAContainerAndLeavesTheHost() throws Exception {
        String name = "net.ipv4.conf.lo.log_martians";
        String before = Sysctl.read(name);
        String other = before.equals("0") ? "1" : "0";
        try (var container = new ContainerProcess()) {
            Sysctl.writeIn(container.networkNamespace(), name, before);
            assertThat(Sysctl.writeIn(container.networkNamespace(), name, other)).isTrue();
            assertThat(Sysctl.writeIn(container.networkNamespace(), name, other)).isFalse();
            assertThat(container.run("cat /proc/sys/net/ipv4/conf/lo/log_martians")).isEqualTo(other + "\n");
            assertThat(Sysctl.read(name)).isEqualTo(before);
            assertThat(catchThrowableOfType(LinuxException.class, () -> Sysctl.writeIn(container.networkNamespace(), name, "x")))
                    .hasMessage("writing x to /proc/sys/net/ipv4/conf/lo/log_martians: Invalid argument (EINVAL)");
            assertThatIllegalArgumentException().isThrownBy(() -> Sysctl.writeIn(container.networkNamespace(), "kernel.shmmax", "1"));
        }
    }

    @Test
    void aFailureCarriesErrnoAndStory() {
        var absent = catchThrowableOfType(LinuxException.class, () -> Sysctl.read("net.ipv4.absent"));
        assertThat(absent.errno()).isEqualTo(LinuxException.ENOENT);
        assertThat(absent).hasMessage("reading /proc/sys/net/ipv4/absent: No such file or directory (ENOENT)");
        assertThat(catchThrowableOfType(LinuxException.class, () -> Sysctl.write("net.ipv4.conf.lo.log_martians", "x")))
                .hasMessage("writing x to /proc/sys/net/ipv4/conf/lo/log_martians: Invalid argument (EINVAL)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/etc/passwd", "net/../../../etc/passwd", "a b", "net.ipv4\n"})
    void refusesWhatIsNoName(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> Sysctl.read(name));
        assertThatIllegalArgumentException().isThrownBy(() -> Sysctl.write(name, "1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1\n2", "ä"})
    void refusesWhatIsNoValue(String value) {
        assertThatIllegalArgumentException().isThrownBy(() -> Sysctl.write("net.ipv4.ip_forward", value));
    }
}
