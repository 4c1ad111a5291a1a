package io.calicomesos.container;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.google.common.base.Strings;
import com.google.common.hash.Hashing;
import io.calicomesos.calico.WorkloadName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The launches that are under way on this host and the releases that are not yet committed, a file each:
 * {@code runtime_dir}/launches/&lt;workload&gt;.launch, {@code state_dir}/journal/&lt;workload&gt;.departure. A line with the version and
 * the CRC32C of the rest, which is an {@link Intent} as JSON. Written whole and then renamed. The kernel keeps them when the agent dies.
 * When the machine does, launches are gone as their containers are. What must be known also then is a departure that Mesos has been told
 * of and etcd has not: {@link #toDisk} is for that.
 */
public final class Journal {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

    private static final String HEADER = "calico-mesos journal 1 ";
    private static final int HEADER_BYTES = HEADER.length() + 9; // With the checksum, eight hex digits, and the end of the line.
    private static final long MAX_BYTES = 1 << 20; // Some 30 times the largest.
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectReader READER = JSON.readerFor(Intent.class);
    private static final ObjectWriter WRITER = JSON.writerFor(Intent.class);

    private final Path launches;
    private final Path departures;
    private final Set<Path> open = ConcurrentHashMap.newKeySet();

    /**
     * Makes the directories if they are missing, for root alone.
     *
     * @param stateDirectory the parameter {@code state_dir}
     * @param runtimeDirectory the parameter {@code runtime_dir}
     * @throws IOException if they cannot be made
     */
    public Journal(Path stateDirectory, Path runtimeDirectory) throws IOException {
        this.launches = make(runtimeDirectory, "launches");
        this.departures = make(stateDirectory, "journal");
    }

    private static Path make(Path parent, String name) throws IOException {
        Path directory = Files.createDirectories(parent).resolve(name);
        return Files.isDirectory(directory) ? directory
                : Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    /**
     * Writes an intent down, in the place of an earlier one of its container and kind. If that is impossible, it is reported, and
     * found by the sweep instead, if the agent dies.
     *
     * @param intent what is about to be done
     */
    void begin(Intent intent) {
        Path file = file(intent.container(), intent.kind());
        open.add(file);
        try {
            Path temporary = TemporaryFiles.of(file);
            Files.write(temporary, encode(intent));
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) { // A full disk is no reason to keep what a container holds.
            LOG.error("{} cannot be written: if the agent dies now, it waits for the next sweep", file, e);
        }
    }

    /**
     * Waits until the disk has a departure, if it is not over. If that is impossible, it is reported, and found by the sweep instead, if
     * the machine dies.
     *
     * @param container whose
     */
    void toDisk(ContainerPath container) {
        Path file = file(container, Intent.Kind.DEPARTURE);
        try {
            sync(file);
            sync(departures);
        } catch (NoSuchFileException e) {
            // It is over.
        } catch (IOException e) {
            LOG.error("{} is not on the disk: if the machine dies now, what it is about waits for the next sweep", file, e);
        }
    }

    /**
     * Strikes an intent out, if it is there.
     *
     * @param container whose
     * @param kind which
     */
    void over(ContainerPath container, Intent.Kind kind) {
        Path file = file(container, kind);
        open.remove(file);
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.error("an intent that is over stays in the journal, and is looked at when the agent starts again", e);
        }
    }

    /**
     * Removes what a former agent had not finished to write when it died.
     *
     * @throws IOException if the directory cannot be read
     */
    void removeUnfinished() throws IOException {
        TemporaryFiles.remove(launches);
        TemporaryFiles.remove(departures);
    }

    /**
     * Reads all that is not over. What cannot be read is set aside, under its name with {@code .broken}, and reported.
     *
     * @return in no order
     * @throws IOException if a directory cannot be read
     */
    List<Intent> load() throws IOException {
        List<Intent> intents = new ArrayList<>();
        for (Intent.Kind kind : Intent.Kind.values()) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory(kind), "*" + suffix(kind))) {
                for (Path each : files) {
                    try {
                        Intent intent = decode(read(each));
                        if (!file(intent.container(), intent.kind()).equals(each)) {
                            throw new IOException("it is of another container or kind than its name says: " + intent.container());
                        }
                        intents.add(intent);
                        open.add(each);
                    } catch (IOException | RuntimeException e) {
                        setAside(each, e.getMessage());
                    }
                }
            }
        }
        return intents;
    }

    /** How many intents are not over, of those that were begun or loaded here. */
    int size() {
        return open.size();
    }

    /**
     * How many launches are not over.
     *
     * @throws UncheckedIOException if the directory cannot be read
     */
    public long launches() {
        return count(Intent.Kind.LAUNCH);
    }

    /**
     * How many departures are not over.
     *
     * @throws UncheckedIOException if the directory cannot be read
     */
    public long departures() {
        return count(Intent.Kind.DEPARTURE);
    }

    private long count(Intent.Kind kind) {
        try (Stream<Path> files = Files.list(directory(kind))) {
            return files.filter(each -> each.toString().endsWith(suffix(kind))).count();
        } catch (IOException e) {
            throw new UncheckedIOException("the journal " + directory(kind) + " cannot be read", e);
        }
    }

    private static void setAside(Path file, String why) throws IOException {
        Path aside = file.resolveSibling(file.getFileName() + ".broken");
        Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
        LOG.error("{} cannot be read and was set aside as {}: {}; what it is about is left to the sweep", file, aside, why);
    }

    private static byte[] encode(Intent intent) throws IOException {
        byte[] json = WRITER.writeValueAsBytes(intent);
        byte[] header = (HEADER + checksum(json) + "\n").getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(header, header.length + json.length);
        System.arraycopy(json, 0, all, header.length, json.length);
        return all;
    }

    /**
     * Understands a file.
     *
     * @param bytes its content
     * @throws IOException if it is not one of ours, of another version, or not whole
     */
    static Intent decode(byte[] bytes) throws IOException {
        String header = new String(bytes, 0, Math.min(bytes.length, HEADER_BYTES), StandardCharsets.ISO_8859_1);
        if (!header.startsWith(HEADER)) {
            throw new IOException("it does not begin with '" + HEADER.strip() + "'");
        }
        byte[] json = Arrays.copyOfRange(bytes, Math.min(bytes.length, HEADER_BYTES), bytes.length);
        if (!header.equals(HEADER + checksum(json) + "\n")) {
            throw new IOException("its checksum is another: it is torn, or somebody changed it");
        }
        return READER.readValue(json);
    }

    private static String checksum(byte[] bytes) {
        return Strings.padStart(Integer.toHexString(Hashing.crc32c().hashBytes(bytes).asInt()), 8, '0');
    }

    private static byte[] read(Path file) throws IOException {
        long size = Files.size(file);
        if (size > MAX_BYTES) {
            throw new IOException("it has " + size + " bytes, more than " + MAX_BYTES);
        }
        return Files.readAllBytes(file);
    }

    private static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private Path file(ContainerPath container, Intent.Kind kind) {
        return directory(kind).resolve(WorkloadName.of(container.values()).value() + suffix(kind));
    }

    private Path directory(Intent.Kind kind) {
        return switch (kind) {
            case LAUNCH -> launches;
            case DEPARTURE -> departures;
        };
    }

    private static String suffix(Intent.Kind kind) {
        return switch (kind) {
            case LAUNCH -> ".launch";
            case DEPARTURE -> ".departure";
        };
    }
}
