package io.calicomesos.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BindMountTest {
    @TempDir
    private Path directory;

    @Test
    void aNetworkNamespaceLivesAsLongAsItsMount() throws Exception {
        Path file = Files.createFile(directory.resolve("netns"));
        try (ContainerProcess container = new ContainerProcess()) {
            container.run("ip address add 198.18.7.7/32 dev lo");
            BindMount.make(Path.of(container.networkNamespace()), file);
        }
        assertThat(Shell.run("nsenter --net=" + file + " ip address show dev lo")).contains("198.18.7.7/32");
        assertThat(BindMount.remove(file)).isTrue();
        assertThat(BindMount.remove(file)).isFalse();
        assertThat(Shell.run("cat /proc/self/mountinfo")).doesNotContain(file.toString());
    }

    @Test
    void aFailureCarriesErrnoAndStory() {
        Path absent = directory.resolve("absent");
        var thrown = catchThrowableOfType(LinuxException.class, () -> BindMount.make(Path.of("/proc/999999999/ns/net"), absent));
        assertThat(thrown.errno()).isEqualTo(LinuxException.ENOENT);
        assertThat(thrown).hasMessageContaining("/proc/999999999/ns/net over " + absent + ": No such file or directory (ENOENT)");
    }
}
