package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountPointTest {
    @TempDir
    private Path directory;
    private Path image;
    private Path outside;

    @BeforeEach
    void makeImage() throws IOException {
        image = Files.createDirectory(directory.resolve("image"));
        outside = Files.createDirectory(directory.resolve("outside"));
    }

    @Test
    void aFileThatIsThereStays() throws Exception {
        Path hosts = Files.writeString(Files.createDirectory(image.resolve("etc")).resolve("hosts"), "of the image");
        assertThat(MountPoint.inImage(image, "hosts")).isEqualTo(hosts).hasContent("of the image");
    }

    @Test
    void whatIsMissingIsMade() throws Exception {
        Path hosts = MountPoint.inImage(image, "hosts");
        assertThat(hosts).isEqualTo(image.resolve("etc/hosts")).isEmptyFile();
        assertThat(Files.getPosixFilePermissions(hosts)).isEqualTo(PosixFilePermissions.fromString("rw-r--r--"));
    }

    @Test
    void aLinkGivesWayAndWhereItLedStays() throws Exception {
        Path led = Files.writeString(outside.resolve("stub"), "of the host");
        Path link = Files.createSymbolicLink(Files.createDirectory(image.resolve("etc")).resolve("resolv.conf"), led);
        assertThat(MountPoint.inImage(image, "resolv.conf")).isEqualTo(link).isEmptyFile();
        assertThat(Files.isSymbolicLink(link)).isFalse();
        assertThat(led).hasContent("of the host");
    }

    @Test
    void aLinkInsideTheImageIsFollowed() throws Exception {
        Files.createDirectories(image.resolve("usr/etc"));
        Files.createSymbolicLink(image.resolve("etc"), Path.of("usr/etc"));
        assertThat(MountPoint.inImage(image, "hosts")).isEqualTo(image.resolve("usr/etc/hosts")).isEmptyFile();
    }

    @Test
    void nothingIsMadeOutsideTheImage() throws Exception {
        Files.createSymbolicLink(image.resolve("etc"), outside);
        assertThatThrownBy(() -> MountPoint.inImage(image, "hosts")).isInstanceOf(RefusedException.class)
                .hasMessage("/etc of the image in " + image + " leads out of it, to " + outside
                        + ": a directory, or a relative link to one, is expected");
        assertThat(outside).isEmptyDirectory();
    }
}
