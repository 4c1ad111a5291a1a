package io.calicomesos.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UtsNamespaceTest {
    @Test
    void namesTheContainerAlone() throws Exception {
        String host = Shell.run("uname -n");
        Process process = new ProcessBuilder("unshare", "--uts", "sh", "-c", "echo ready; exec sleep 600").start();
        try {
            process.inputReader().readLine();
            UtsNamespace.setHostName(process.pid(), "web-1.example");
            assertThat(Shell.run("nsenter -t " + process.pid() + " --uts uname -n")).isEqualTo("web-1.example\n");
            assertThat(Shell.run("uname -n")).isEqualTo(host);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void neverNamesTheHost() throws Exception {
        try (ContainerProcess container = new ContainerProcess()) { // It has but a network of its own.
            assertThat(catchThrowableOfType(LinuxException.class, () -> UtsNamespace.setHostName(container.pid(), "web")).errno())
                    .isEqualTo(LinuxException.EINVAL);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1234567890123456789012345678901234567890123456789012345678901234ä"})
    void refusesWhatTheKernelDoesNotTake(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> UtsNamespace.setHostName(1, name));
    }
}
