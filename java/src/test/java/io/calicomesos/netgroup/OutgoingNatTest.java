package io.calicomesos.netgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.IpPool;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutgoingNatTest {
    @TempDir
    private Path directory;

    private final OutgoingNat nat = new OutgoingNat();

    private static IpPool.Spec pool(String cidr, boolean natOutgoing, boolean disabled) {
        return new IpPool.Spec(Cidr.parse(cidr), null, null, natOutgoing, disabled, false, 0, null, null, null, null, null);
    }

    /** What nft and the kernel make of it. */
    private String listed() throws Exception {
        Path file = Files.writeString(directory.resolve("table"), nat.table());
        Process process = new ProcessBuilder("unshare", "--net", "sh", "-c", "nft -f " + file + " && nft list ruleset")
                .redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said.replaceAll("\\s+", " ");
    }

    @Test
    void withoutAPoolThatAsksForItThereIsNoTable() throws Exception {
        assertThat(listed()).isEmpty();
        nat.put("a", pool("198.18.0.0/16", false, false));
        assertThat(listed()).isEmpty();
        nat.put("b", pool("198.19.0.0/16", true, false));
        assertThat(listed()).isNotEmpty();
        nat.gone("b");
        assertThat(listed()).isEmpty();
    }

    @Test
    void whatLeavesAllPoolsIsMasqueradedAlsoFromADisabledOne() throws Exception {
        nat.put("a", pool("198.18.0.0/16", true, true));
        nat.put("b", pool("198.19.0.0/17", false, true));
        nat.put("c", pool("fd00:1::/64", true, false));
        nat.put("inside-a", pool("198.18.4.0/24", true, false));
        nat.put("a-again", pool("198.18.0.0/16", false, false));
        assertThat(listed())
                .contains("set pools4 { type ipv4_addr flags interval elements = { 198.18.0.0/16, 198.19.0.0/17 } }")
                .contains("set nat-pools4 { type ipv4_addr flags interval elements = { 198.18.0.0/16 } }")
                .contains("set nat-pools6 { type ipv6_addr flags interval elements = { fd00:1::/64 } }")
                .contains("ip saddr @nat-pools4 ip daddr != @pools4 masquerade")
                .contains("ip6 saddr @nat-pools6 ip6 daddr != @pools6 masquerade");
    }
}
