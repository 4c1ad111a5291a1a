package io.calicomesos.container;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints as files. Written whole and then renamed, so a reader sees the old or the new. They need not survive a
 * reboot, since no container does; what etcd then still holds of this host is swept.
 */
public final class CheckpointStore {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);

    private static final String SUFFIX = ".json";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectReader READER = JSON.readerFor(Checkpoint.class);
    private static final ObjectReader READER_OF_V1 = JSON.readerFor(CheckpointV1.class);
    private static final ObjectWriter WRITER = JSON.writerFor(Checkpoint.class);

    private final Path directory;

    /**
     * Makes the directory if it is missing, for root alone.
     *
     * @param runtimeDirectory the parameter {@code runtime_dir}
     * @throws IOException if it cannot be made or written
     */
    public CheckpointStore(Path runtimeDirectory) throws IOException {
        this.directory = runtimeDirectory.resolve("containers");
        Files.createDirectories(runtimeDirectory);
        if (!Files.isDirectory(directory)) {
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    /**
     * Writes a checkpoint.
     *
     * @param workload the container's workload name
     * @param checkpoint what to write
     */
    void save(String workload, Checkpoint checkpoint) {
        try {
            Path temporary = TemporaryFiles.of(file(workload));
            Files.write(temporary, WRITER.writeValueAsBytes(checkpoint));
            Files.move(temporary, file(workload), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the checkpoint " + file(workload), e);
        }
    }

    /**
     * Removes a checkpoint, if it is there.
     *
     * @param workload the container's workload name
     */
    void delete(String workload) {
        try {
            Files.deleteIfExists(file(workload));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove the checkpoint " + file(workload), e);
        }
    }

    /**
     * Removes what a former agent had not finished to write when it died.
     *
     * @throws IOException if the directory cannot be read
     */
    void removeUnfinished() throws IOException {
        TemporaryFiles.remove(directory);
    }

    /**
     * Reads all checkpoints. One that cannot be read is set aside, under its name with {@code .broken}, and reported.
     *
     * @return in no order
     * @throws IOException if the directory cannot be read
     */
    List<Checkpoint> load() throws IOException {
        List<Checkpoint> checkpoints = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path each : files) {
                try {
                    checkpoints.add(decode(Files.readAllBytes(each)));
                } catch (JsonProcessingException e) {
                    setAside(each, e.getOriginalMessage());
                } catch (IOException e) {
                    setAside(each, e.getMessage());
                }
            }
        }
        return checkpoints;
    }

    private static void setAside(Path file, String why) throws IOException {
        Path aside = file.resolveSibling(file.getFileName() + ".broken");
        Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
        LOG.error("the checkpoint {} cannot be read and was set aside as {}: {}", file, aside, why);
    }

    /**
     * Understands a file.
     *
     * @param bytes its content
     * @throws IOException if it is none of ours, of another version, or not whole
     */
    static Checkpoint decode(byte[] bytes) throws IOException {
        JsonNode written = JSON.readTree(bytes);
        int version = written.path("version").asInt();
        if (version == CheckpointV1.VERSION) {
            return READER_OF_V1.<CheckpointV1>readValue(written).asCurrent();
        }
        if (version != Checkpoint.VERSION) {
            throw new IOException("version " + version + " is not known, only up to " + Checkpoint.VERSION);
        }
        return READER.readValue(written);
    }

    private Path file(String workload) {
        return directory.resolve(workload + SUFFIX);
    }
}
