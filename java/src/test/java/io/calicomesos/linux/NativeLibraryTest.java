package io.calicomesos.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NativeLibraryTest {
    @Test
    void saysWhereItWasLookedFor() throws Exception {
        // In a JVM of its own: in this one it is loaded.
        String said = Shell.run(ProcessHandle.current().info().command().orElseThrow()
                + " -Djava.library.path=/nowhere:/else -cp '" + System.getProperty("java.class.path") + "' '"
                + WithoutLibrary.class.getName() + "'");
        String clear = "cannot load libcalico_mesos_linux.so: "
                + "no calico_mesos_linux in java.library.path: /nowhere:/else";
        assertThat(said.lines()).containsExactly(clear, clear);
    }

    /** Asks twice: the second answer must be as clear as the first. */
    static final class WithoutLibrary {
        public static void main(String[] arguments) throws Exception {
            for (int i = 0; i < 2; i++) {
                try {
                    Nftables.run("list ruleset");
                } catch (UnsatisfiedLinkError e) {
                    System.out.println(e.getMessage());
                }
            }
        }
    }
}
