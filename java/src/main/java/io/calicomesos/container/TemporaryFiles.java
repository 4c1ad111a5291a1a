package io.calicomesos.container;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files that get their name when they are whole. What whoever wrote one died over keeps its temporary name. */
final class TemporaryFiles {
    private static final Logger LOG = LoggerFactory.getLogger(TemporaryFiles.class);

    private static final String SUFFIX = ".tmp";

    private TemporaryFiles() {}

    /** Under which name a file is written before it is moved to its own. */
    static Path of(Path file) {
        return file.resolveSibling(file.getFileName() + SUFFIX);
    }

    /**
     * Removes those that a former process left. Only for who writes there alone.
     *
     * @param directory where
     * @throws IOException if it cannot be read
     */
    static void remove(Path directory) throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path each : left) {
                try {
                    Files.delete(each);
                } catch (IOException e) {
                    LOG.warn("{}, which nobody needs, cannot be removed: {}", each, e.toString());
                }
            }
        }
    }
}
