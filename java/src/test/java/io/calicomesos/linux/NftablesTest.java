package io.calicomesos.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NftablesTest {
    private static final String TABLE = "inet calico_mesos_test_" + ProcessHandle.current().pid();

    @AfterEach
    void deleteTable() throws Exception {
        Nftables.run("add table " + TABLE + "; delete table " + TABLE);
    }

    @Test
    void runsAndLists() throws Exception {
        Nftables.run("""
                add table %1$s
                add set %1$s members { type ipv4_addr; comment "für alle 🐈"; }
                add element %1$s members { 198.18.0.1 }
                """.formatted(TABLE));
        assertThat(Shell.run("nft list table " + TABLE)).contains("198.18.0.1", "für alle 🐈");
        assertThat(Nftables.list("list set " + TABLE + " members"))
                .startsWith("{\"nftables\":")
                .contains("\"elem\": [\"198.18.0.1\"]", "für alle 🐈");
    }

    @Test
    void doesAllOrNothing() throws Exception {
        Nftables.run("add table " + TABLE);
        var refused = catchThrowableOfType(LinuxException.class, () -> Nftables.run(
                "add set " + TABLE + " members { type ipv4_addr; }\ncreate table " + TABLE + "\n"));
        assertThat(refused.errno()).isEqualTo(LinuxException.EINVAL);
        assertThat(refused).hasMessageStartingWith("running nft commands: ").hasMessageContaining("File exists");
        assertThat(Shell.run("nft list table " + TABLE)).doesNotContain("members");
    }

    @Test
    void refusesInNftsOwnWords() {
        assertThat(catchThrowableOfType(LinuxException.class, () -> Nftables.run("add nonsense für alle 🐈")))
                .hasMessageContaining("syntax error")
                .hasMessageContaining("nonsense");
        assertThat(catchThrowableOfType(LinuxException.class, () -> Nftables.list("list table inet absent")))
                .hasMessageContaining("No such file or directory");
        assertThatIllegalArgumentException().isThrownBy(() -> Nftables.run("add table inet t\0"));
    }
}
