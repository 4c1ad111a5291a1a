package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a container sees of its network in its files, seen from inside: with nsenter, in its mount and UTS namespaces. */
class NetworkFilesIT {
    private static final String LOCAL = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n";
    private static final List<String> FILES = List.of("hosts", "hostname", "resolv.conf");

    @TempDir
    private Path directory;
    private Cluster cluster;
    private TestAgent agent;
    private Path runtime;
    private Map<String, String> ofHost;

    @BeforeEach
    void start() {
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
        Map<String, String> parameters = cluster.parameters(cluster.host(0));
        runtime = Path.of(parameters.get("runtime_dir"));
        parameters.put("networks", "{\"web\": {\"dns\": {\"nameservers\": [\"198.18.0.53\", \"fd00::53\"], \"domain\": \"web.example\","
                + " \"search\": [\"a.example\", \"b.example\"], \"options\": [\"ndots:2\"]}}, \"plain\": {}}");
        agent = cluster.agent(cluster.host(0), "network/calico", parameters);
        ofHost = Map.of("hosts", read(Path.of("/etc/hosts")), "hostname", read(Path.of("/etc/hostname")),
                "resolv.conf", read(Path.of("/etc/resolv.conf")), "name", Command.run("uname", "-n"));
    }

    @AfterEach
    void stop() {
        assertThat(Map.of("hosts", read(Path.of("/etc/hosts")), "hostname", read(Path.of("/etc/hostname")),
                "resolv.conf", read(Path.of("/etc/resolv.conf")), "name", Command.run("uname", "-n"))).isEqualTo(ofHost);
        cluster.close();
    }

    @Test
    void withoutAnImage() {
        String pid = launched(line("web-1"), TestAgent.groups("prod"));
        assertThat(inside(pid, "cat", "/etc/hosts")).isEqualTo(LOCAL + addressOf("web-1") + " web-1");
        assertThat(inside(pid, "cat", "/etc/hostname")).isEqualTo("web-1");
        assertThat(inside(pid, "uname", "-n")).isEqualTo("web-1");
        assertThat(inside(pid, "getent", "hosts", "web-1")).startsWith(addressOf("web-1"));
        assertThat(inside(pid, "cat", "/etc/resolv.conf")).isEqualTo(ofHost.get("resolv.conf"));
        nothingIsLeftAfter("web-1");
    }

    @Test
    void withAnImageThatLacksThemAndLinksOneAway() throws IOException {
        Path image = image();
        Files.createDirectory(image.resolve("etc"));
        Path led = Files.writeString(directory.resolve("led"), "of the host");
        Files.createSymbolicLink(image.resolve("etc/resolv.conf"), led);
        String pid = launched(line("web-1").put("rootfs", image.toString()), TestAgent.groups("prod").put("name", "web"));
        assertThat(busybox(pid, "cat", "/etc/hosts")).isEqualTo(LOCAL + addressOf("web-1") + " web-1");
        assertThat(busybox(pid, "cat", "/etc/hostname")).isEqualTo("web-1");
        assertThat(busybox(pid, "hostname")).isEqualTo("web-1");
        assertThat(busybox(pid, "cat", "/etc/resolv.conf")).startsWith("domain web.example");
        assertThat(busybox(pid, "ls", "/sys/class/net")).contains("eth0", "lo").doesNotContain("cali");
        assertThat(led).hasContent("of the host");
        nothingIsLeftAfter("web-1");
    }

    @Test
    void theHostNameAskedFor() {
        ObjectNode line = line("c");
        TestAgent.containerInfo(line, TestAgent.groups("prod")).withObject("/container_info").put("hostname", "db.example.org");
        String pid = launched(line);
        assertThat(inside(pid, "uname", "-n")).isEqualTo("db.example.org");
        assertThat(inside(pid, "cat", "/etc/hosts")).isEqualTo(LOCAL + addressOf("c") + " db.example.org db");
        nothingIsLeftAfter("c");

        Map<String, String> before = cluster.etcd().under("/calico/");
        ObjectNode bad = line("c");
        TestAgent.containerInfo(bad, TestAgent.groups("prod")).withObject("/container_info").put("hostname", "a\n198.18.0.1 etcd");
        assertThat(agent.ask(bad).path("error").asText()).contains("ContainerInfo.hostname is 'a?198.18.0.1 etcd': letters");
        assertThat(cluster.etcd().under("/calico/")).isEqualTo(before);
    }

    @Test
    void nameServersOfItsNetwork() {
        String web = launched(line("web-1"), TestAgent.groups("prod").put("name", "web"));
        assertThat(inside(web, "cat", "/etc/resolv.conf")).isEqualTo("domain web.example\nsearch a.example b.example\n"
                + "options ndots:2\nnameserver 198.18.0.53\nnameserver fd00::53");
        String plain = launched(line("plain-1"), TestAgent.groups("prod").put("name", "plain"));
        assertThat(inside(plain, "cat", "/etc/resolv.conf")).isEqualTo(ofHost.get("resolv.conf"));
        nothingIsLeftAfter("web-1", "plain-1");
    }

    @Test
    void nameServersForAllAndThoseOfANetworkWin() {
        agent.close();
        Map<String, String> parameters = cluster.parameters(cluster.host(0));
        parameters.put("dns", "{\"nameservers\": [\"198.18.0.54\"]}");
        parameters.put("networks", "{\"web\": {\"dns\": {\"nameservers\": [\"198.18.0.53\"]}}, \"plain\": {}}");
        agent = cluster.agent(cluster.host(0), "io_calicomesos_NetworkIsolator", parameters);
        String unnamed = launched(line("unnamed"), TestAgent.groups("prod"));
        assertThat(inside(unnamed, "cat", "/etc/resolv.conf")).isEqualTo("nameserver 198.18.0.54");
        assertThat(inside(unnamed, "uname", "-n")).isEqualTo("unnamed");
        agent.close();
        agent = cluster.agent(cluster.host(0), "network/calico", parameters);
        String web = launched(line("web-1"), TestAgent.groups("prod").put("name", "web"));
        assertThat(inside(web, "cat", "/etc/resolv.conf")).isEqualTo("nameserver 198.18.0.53");
        nothingIsLeftAfter("unnamed", "web-1");
    }

    @Test
    void nestedContainersOfOneNetworkHaveOneSetOfFiles() throws IOException {
        String root = launched(line("root"), TestAgent.groups("prod").put("name", "web"));
        String child = launched(line("root", "child"));
        String grandchild = launched(line("root", "child", "grandchild").put("rootfs", image().toString()));
        String own = launched(line("root", "own"), TestAgent.groups("prod"));
        String debug = launched(line("root", "child", "debug").put("container_class", "DEBUG"));
        for (String name : FILES) {
            assertThat(inside(child, "cat", "/etc/" + name)).isEqualTo(inside(root, "cat", "/etc/" + name)).isNotEqualTo(ofHost.get(name));
            assertThat(busybox(grandchild, "cat", "/etc/" + name)).isEqualTo(inside(root, "cat", "/etc/" + name));
        }
        assertThat(List.of(inside(child, "uname", "-n"), busybox(grandchild, "hostname"), inside(debug, "uname", "-n"))).containsOnly("root");
        assertThat(inside(own, "uname", "-n")).isEqualTo("own");
        assertThat(inside(own, "cat", "/etc/hosts")).endsWith(" own");

        agent.kill();
        agent.start();
        String late = launched(line("root", "child", "late"));
        assertThat(inside(late, "cat", "/etc/hosts")).isEqualTo(inside(root, "cat", "/etc/hosts"));
        nothingIsLeftAfter("root");
    }

    @Test
    void anImageOnTheHostsNetworkHasTheHostsFilesAndCannotChangeThem() throws IOException {
        String pid = launched(line("image").put("rootfs", image().toString()));
        for (String name : FILES) {
            assertThat(busybox(pid, "cat", "/etc/" + name)).isEqualTo(ofHost.get(name));
            assertThat(attempt(pid, "/bin/busybox", "sh", "-c", "echo changed > /etc/" + name).out()).contains("Read-only file system");
        }
        assertThat(busybox(pid, "hostname")).isEqualTo(ofHost.get("name"));
        String inIt = launched(line("image", "child").put("rootfs", image().toString()));
        assertThat(busybox(inIt, "cat", "/etc/hosts")).isEqualTo(ofHost.get("hosts"));
        nothingIsLeftAfter("image");
    }

    @Test
    void besideCniThatIsCnisToDo() throws IOException {
        agent.close();
        agent = cluster.agent(cluster.host(0), "io_calicomesos_NetworkIsolator", cluster.parameters(cluster.host(0)));
        String pid = launched(line("image").put("rootfs", image().toString()));
        assertThat(attempt(pid, "/bin/busybox", "ls", "/etc").ok()).isFalse();
        nothingIsLeftAfter("image");
    }

    @Test
    void theyOutliveTheAgentAndTheNamespaceItsFirstProcess() {
        String pid = launched(line("web-1"), TestAgent.groups("prod"));
        String other = launched(line("web-2"), TestAgent.groups("prod"));
        Path namespace = runtime.resolve("netns/web-1");
        String address = addressOf("web-1");
        assertThat(Command.run("nsenter", "--net=" + namespace, "ip", "address", "show", "eth0")).contains(address);
        agent.kill();
        assertThat(inside(pid, "cat", "/etc/hosts")).contains(address);
        agent.start();
        assertThat(inside(pid, "cat", "/etc/hosts")).contains(address);
        assertThat(inside(pid, "uname", "-n")).isEqualTo("web-1");

        agent.kill();
        ProcessHandle.of(Long.parseLong(pid)).orElseThrow().destroyForcibly();
        Command.run("umount", runtime.resolve("netns/web-2").toString()); // As when the agent had a mount namespace of its own.
        assertThat(Command.run("nsenter", "--net=" + namespace, "ip", "address", "show", "eth0")).contains(address);
        agent.start();
        assertThat(Command.run("nsenter", "--net=" + runtime.resolve("netns/web-2"), "ip", "address", "show", "eth0"))
                .contains(addressOf("web-2"));
        Eventually.holds("what the dead container had is gone", () -> !Files.exists(namespace) && !Files.exists(runtime.resolve("files/web-1")));
        assertThat(read(Path.of("/proc/" + other + "/mountinfo"))).as("nobody has inherited it").doesNotContain("netns/web-1");
        nothingIsLeftAfter("web-2");
    }

    @Test
    void whatIsOfNobodyIsRemovedWhenTheAgentStarts() throws IOException {
        agent.kill();
        Path namespace = Files.createFile(runtime.resolve("netns/gone"));
        Command.run("mount", "--bind", "/proc/self/ns/net", namespace.toString());
        Files.createFile(runtime.resolve("netns/rebooted")); // Its mount did not survive that.
        Files.writeString(Files.createDirectory(runtime.resolve("files/gone")).resolve("hosts"), LOCAL);
        agent.start();
        nothingIsLeftAfter();
    }

    @Test
    void aFailedLaunchLeavesNone() throws IOException {
        Path image = image();
        Files.createSymbolicLink(image.resolve("etc"), directory);
        JsonNode launched = agent.ask(TestAgent.containerInfo(line("web-1").put("rootfs", image.toString()), TestAgent.groups("prod")));
        assertThat(launched.path("error").asText()).contains("/etc of the image in " + image + " leads out of it");
        assertThat(directory.resolve("hosts")).doesNotExist();
        nothingIsLeftAfter();
    }

    // ---- what is asked, and looked at ----

    private static ObjectNode line(String... path) {
        ObjectNode line = TestAgent.line("launch", "");
        ObjectNode id = line.putObject("container_id");
        for (int i = path.length - 1; i >= 0; i--) {
            id.put("value", path[i]);
            id = i == 0 ? id : id.putObject("parent");
        }
        line.putArray("command").add("sleep").add("1000");
        return line;
    }

    private String launched(ObjectNode line, ObjectNode... networkInfos) {
        if (line.has("rootfs")) {
            line.putArray("command").add("/bin/busybox").add("sleep").add("1000");
        }
        JsonNode launched = agent.ask(networkInfos.length == 0 ? line : TestAgent.containerInfo(line, networkInfos));
        assertThat(launched.path("ok").asBoolean()).as(launched.toString()).isTrue();
        String pid = launched.path("pid").asText();
        Eventually.holds("its command runs", () -> Command.run("cat", "/proc/" + pid + "/cmdline").contains("sleep"));
        return pid;
    }

    private String addressOf(String id) {
        return agent.ask(TestAgent.line("status", id)).findValue("ip_address").asText();
    }

    /** One with nothing but a shell. */
    private Path image() throws IOException {
        Path image = Files.createTempDirectory(directory, "image");
        for (String each : List.of("bin", "proc", "sys", "tmp")) {
            Files.createDirectory(image.resolve(each));
        }
        Files.copy(Path.of("/bin/busybox"), image.resolve("bin/busybox"), StandardCopyOption.COPY_ATTRIBUTES);
        return image;
    }

    private static Command.Ended attempt(String pid, String... line) {
        return Command.attempt(Command.join(List.of("nsenter", "-t", pid, "--mount", "--root", "--uts", "--net"), line));
    }

    private static String inside(String pid, String... line) {
        Command.Ended ended = attempt(pid, line);
        assertThat(ended.ok()).as(ended.out()).isTrue();
        return ended.out();
    }

    private static String busybox(String pid, String... line) {
        return inside(pid, Command.join(List.of("/bin/busybox"), line).toArray(String[]::new));
    }

    private void nothingIsLeftAfter(String... roots) {
        for (String root : roots) {
            assertThat(agent.destroy(root).path("ok").asBoolean()).isTrue();
        }
        assertThat(runtime.resolve("files")).isEmptyDirectory();
        assertThat(runtime.resolve("netns")).isEmptyDirectory();
        assertThat(read(Path.of("/proc/" + agent.process().pid() + "/mountinfo"))).doesNotContain(runtime.toString());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
