package io.calicomesos.lab;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * Lives in an agent's virtual machine, as -javaagent, and takes all there is of something for as long as the file {@code take} says
 * so: {@code h}, of the heap, or {@code m}, of metaspace. It says by the file {@code taken} that nothing is left. It talks by files
 * that are open already, since it can open none when nothing is left for itself either.
 */
public final class Hog {
    private static final int LOOK_MS = 50;

    private final RandomAccessFile take;
    private final RandomAccessFile said;
    private final byte[] itself;
    private final List<Object> taken = new ArrayList<>(1 << 20); // It need not grow when there is no memory for that.

    private Hog(RandomAccessFile take, RandomAccessFile said, byte[] itself) {
        this.take = take;
        this.said = said;
        this.itself = itself;
    }

    /**
     * What the virtual machine calls first.
     *
     * @param directory where the files are
     * @param instrumentation not needed
     * @throws IOException if its own class cannot be read
     */
    public static void premain(String directory, Instrumentation instrumentation) throws IOException {
        Hog hog = new Hog(new RandomAccessFile(directory + "/take", "rw"), new RandomAccessFile(directory + "/taken", "rw"),
                Hog.class.getResourceAsStream("Hog.class").readAllBytes());
        Thread thread = new Thread(hog::live, "hog");
        thread.setDaemon(true);
        thread.start();
    }

    private void live() {
        while (true) {
            try {
                Thread.sleep(LOOK_MS);
                if (take.length() == 0) {
                    if (said.length() != 0) {
                        taken.clear();
                        said.setLength(0);
                    }
                    continue;
                }
                take.seek(0);
                if (take.read() == 'h') {
                    heap(1 << 20);
                } else {
                    metaspace();
                }
                said.seek(0);
                said.write('.');
            } catch (OutOfMemoryError e) {
                // Of its own making.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** In ever smaller pieces. */
    private void heap(int size) {
        try {
            while (true) {
                taken.add(new byte[size]);
            }
        } catch (OutOfMemoryError e) {
            if (size > 1 << 10) {
                heap(size / 4);
            }
        }
    }

    private void metaspace() {
        try {
            while (true) {
                taken.add(new ClassLoader(null) {
                    Class<?> itself() {
                        return defineClass(null, itself, 0, itself.length);
                    }
                }.itself());
            }
        } catch (OutOfMemoryError e) {
            // All is taken.
        }
    }

    // ---- in the test ----

    /**
     * Makes the jar that -javaagent names.
     *
     * @param jar where
     * @throws IOException if it cannot be written
     */
    static void write(Path jar) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(new Attributes.Name("Premain-Class"), Hog.class.getName());
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            for (String each : List.of("Hog.class", "Hog$1.class")) {
                out.putNextEntry(new JarEntry(Hog.class.getPackageName().replace('.', '/') + "/" + each));
                out.write(Hog.class.getResourceAsStream(each).readAllBytes());
            }
        }
    }

    /**
     * Lets it take all, and waits until it has.
     *
     * @param directory that of its files
     * @param what of what, {@code h} or {@code m}
     * @throws IOException if the file cannot be written
     */
    static void take(Path directory, String what) throws IOException {
        Files.writeString(directory.resolve("take"), what);
        Eventually.holds("all is taken", () -> directory.resolve("taken").toFile().length() != 0);
    }

    /**
     * Lets it give all back, and waits until it has.
     *
     * @param directory that of its files
     * @throws IOException if the file cannot be written
     */
    static void giveBack(Path directory) throws IOException {
        Files.writeString(directory.resolve("take"), "");
        Eventually.holds("all is given back", () -> directory.resolve("taken").toFile().length() == 0);
    }
}
