package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page that {@code calico-mesos serve} shows, as a browser shows it. */
class ServeIT {
    private static final String HOSTILE = "<img src=x onerror=alert(1)>";
    private static final int MANY = 1_000;

    @AutoClose
    private static final Cluster cluster = new Cluster(2);
    private static final List<Container> containers = new ArrayList<>();
    private static TestAgent one;
    private static TestAgent two;
    private static Process serve;
    private static String url;
    @TempDir
    private static Path profile;
    private static Browser browser;

    @BeforeAll
    static void start() throws IOException {
        cluster.init(Cluster.POOL, 26);
        one = cluster.agent(cluster.host(0), "network/calico", cluster.parameters(cluster.host(0)));
        two = cluster.agent(cluster.host(1), "network/calico", cluster.parameters(cluster.host(1)));
        containers.add(Container.launch(one, cluster.host(0), "web", List.of("prod", "public")));
        containers.add(Container.launch(one, cluster.host(0), "shop", List.of("prod", "billing")));
        containers.add(Container.launch(one, cluster.host(0), "batch", List.of("dev")));
        containers.add(Container.launch(one, cluster.host(0), "alone", List.of()));
        containers.add(Container.launch(two, cluster.host(1), "db", List.of("prod")));
        containers.add(Container.launch(two, cluster.host(1), "ledger", List.of("billing")));
        containers.add(Container.launch(two, cluster.host(1), "test", List.of("dev")));
        List<String> line = new ArrayList<>(List.of(Build.command().toString(), "serve", "--listen", "127.0.0.1:0"));
        line.addAll(List.of("--config", one.log().resolveSibling("modules.json").toString()));
        ProcessBuilder builder = new ProcessBuilder(cluster.host(0).inside(line.toArray(String[]::new)));
        builder.environment().putAll(Build.commandEnvironment());
        serve = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String said = new BufferedReader(new InputStreamReader(serve.getInputStream(), StandardCharsets.UTF_8)).readLine();
        assertThat(said).matches("calico-mesos: the page is at http://127\\.0\\.0\\.1:\\d+/");
        url = said.replaceFirst(".* ", "");
        browser = new Browser(cluster.host(0), profile);
    }

    /** At last, so that it is seen to end while a browser looks. */
    @AfterAll
    static void endsInOrder() throws InterruptedException {
        serve.destroy();
        assertThat(serve.waitFor(10, TimeUnit.SECONDS)).as("it ends on SIGTERM").isTrue();
        assertThat(serve.exitValue()).isZero();
        Eventually.holds("the page says so", () -> text("#status").equals("calico-mesos serve does not answer"));
        browser.close();
    }

    @BeforeEach
    void open() {
        browser.open(url);
        Eventually.holds("the page is there", () -> browser.evaluate("document.querySelectorAll('.container').length").asInt() == containers.size()
                && text("#status").startsWith("live"));
    }

    @Test
    void hostsContainersNetgroupsAndAddressesAreShown() {
        assertThat(text("#counts")).startsWith("2 hosts, 7 containers, ");
        assertThat(text("#status")).isEqualTo("live, enforcer builtin");
        assertThat(texts("[aria-label='host host1'] .name")).containsExactly("alone", "batch", "shop", "web");
        assertThat(texts("[aria-label='host host2'] .name")).containsExactly("db", "ledger", "test");
        assertThat(browser.evaluate("document.querySelector('[data-id=\"host1/web\"]').getAttribute('aria-label')").asText())
                .isEqualTo("web, " + containers.get(0).address() + ", in the netgroups prod, public");
        assertThat(browser.evaluate("[...document.querySelectorAll('.block svg')].map(e => e.getAttribute('aria-label')).join(' ')").asText())
                .contains(" of host1: 4 of 64 addresses used", " of host2: 3 of 64 addresses used");
        Eventually.holds("the module's launches are shown", () -> texts("#recent tbody td:nth-child(3)").containsAll(List.of("web", "alone")));
        assertThat(texts("#recent tbody td:nth-child(6)")).filteredOn(each -> each.startsWith("register")).hasSizeGreaterThanOrEqualTo(4)
                .allMatch(each -> each.matches("register \\S+, admit \\S+, attach \\S+, enforce \\S+"));
        browser.evaluate("document.querySelector('[data-id=\"host1/shop\"]').click()");
        Eventually.holds("who is reached is shown", () -> !reaches().isEmpty());
        browser.picture(Path.of("target/page.png"));
        browser.press("Escape");
    }

    @Test
    void whatNamesSayIsTextAndNothingElseMayRun() {
        Container.launch(one, cluster.host(0), "odd", List.of(HOSTILE));
        Eventually.holds("it is shown", () -> texts(".container .name").contains("odd"));
        assertThat(texts(".netgroup .name")).contains(HOSTILE);
        assertThat(browser.evaluate("document.querySelectorAll('img').length").asInt()).isZero();
        assertThat(browser.evaluate("(() => { const s = document.createElement('script'); s.textContent = 'window.ran = true'; "
                + "document.body.append(s); return Boolean(window.ran); })()").asBoolean()).as("a script that was slipped in").isFalse();
        one.destroy("odd");
    }

    @Test
    void whoIsPointedAtShowsWhomItReachesAsExplainSays() {
        for (Container from : List.of(containers.get(1), containers.get(3))) {
            browser.pointAt("[data-id='" + idOf(from) + "']");
            Eventually.holds(from.id() + " is chosen", () -> text("#details h3").equals(from.id() + " on " + from.host().name()));
            Map<String, String> shown = reaches();
            for (Container to : containers) {
                if (to != from) {
                    boolean there = explained(from, to);
                    boolean back = explained(to, from);
                    assertThat(shown.getOrDefault(idOf(to), "")).as(from.id() + " and " + to.id())
                            .isEqualTo(there && back ? "both" : there ? "to" : back ? "from" : "");
                    assertThat(there).as(from.id() + " to " + to.id() + ", by packets").isEqualTo(from.reachesByTcp(to));
                }
            }
        }
        browser.evaluate("document.querySelector('h1').scrollIntoView()");
        browser.pointAt("h1");
        Eventually.holds("nobody is", () -> reaches().isEmpty() && text("#details").equals("Nothing is chosen."));
    }

    private static boolean explained(Container from, Container to) {
        return cluster.attemptCalicoMesos(cluster.host(0), "explain", from.id(), to.id(),
                "--etcd-endpoints", cluster.etcd().endpoint()).ok();
    }

    @Test
    void theKeyboardGoesWhereThePointerDoes() {
        for (int i = 0; i < 6 && !focused().startsWith("host"); i++) {
            browser.press("Tab");
        }
        assertThat(focused()).isEqualTo("host1/alone");
        browser.press("ArrowRight");
        assertThat(focused()).isEqualTo("host1/batch");
        Eventually.holds("it is chosen", () -> text("#details h3").equals("batch on host1"));
        Eventually.holds("whom it reaches is shown", () -> reaches().containsKey("host2/test"));
        browser.press("Enter");
        browser.press("ArrowRight");
        assertThat(focused()).isEqualTo("host1/shop");
        assertThat(text("#details h3")).as("it is kept").isEqualTo("batch on host1");
        browser.press("Escape");
        Eventually.holds("it is let go", () -> text("#details").equals("Nothing is chosen."));
        browser.press("/");
        assertThat(browser.evaluate("document.activeElement.id").asText()).isEqualTo("find");
        browser.press("d");
        browser.press("b");
        assertThat(browser.evaluate("[...document.querySelectorAll('.container')].filter(e => !e.hidden).length").asInt()).isEqualTo(1);
    }

    @Test
    void whatChangesIsShownWithoutLoadingThePageAgain() {
        browser.evaluate("window.stays = true");
        Container.launch(two, cluster.host(1), "late", List.of("dev"));
        Eventually.holds("it is shown", () -> texts("[aria-label='host host2'] .name").contains("late"));
        two.destroy("late");
        Eventually.holds("it is gone", () -> !texts("[aria-label='host host2'] .name").contains("late"));
        cluster.etcd().kill();
        Eventually.holds("that etcd is away is said", () -> text("#status").startsWith("etcd does not answer"));
        assertThat(texts(".container .name")).hasSize(containers.size());
        cluster.etcd().start();
        Eventually.holds("and that it is back", () -> text("#status").startsWith("live"));
        assertThat(browser.evaluate("window.stays").asBoolean()).isTrue();
    }

    @Test
    void itIsDarkWhereTheDesktopIs() {
        String background = "getComputedStyle(document.documentElement).backgroundColor";
        assertThat(browser.evaluate(background).asText()).isEqualTo("rgb(245, 246, 248)");
        browser.prefersDark(true);
        try {
            assertThat(browser.evaluate(background).asText()).isEqualTo("rgb(18, 22, 28)");
            browser.picture(Path.of("target/page-dark.png"));
        } finally {
            browser.prefersDark(false);
        }
    }

    @Test
    void aThousandContainersAreNoTrouble() throws IOException {
        String prefix = "/calico/resources/v3/projectcalico.org/workloadendpoints/default/";
        Map.Entry<String, String> pattern = cluster.etcd().under(prefix + "host2-mesos-db-").entrySet().iterator().next();
        Map<String, String> many = new LinkedHashMap<>();
        for (int i = 0; i < MANY; i++) {
            String address = "198.19." + (100 + i / 250) + "." + (1 + i % 250) + "/32";
            many.put(pattern.getKey().replace("mesos-db-", "mesos-x" + i + "-"), pattern.getValue()
                    .replace("mesos-db-", "mesos-x" + i + "-").replace("\"workload\":\"db\"", "\"workload\":\"x" + i + "\"")
                    .replace(containers.get(4).address() + "/32", address));
        }
        cluster.etcd().putAll(many);
        try {
            Eventually.holds("all are shown", () -> browser.evaluate("document.querySelectorAll('.container').length").asInt() == MANY + containers.size());
            browser.pointAt("[data-id='host1/web']");
            Eventually.holds("all are reached", () -> reaches().size() > MANY);
        } finally {
            cluster.etcd().delete(prefix + "host2-mesos-x");
        }
        Eventually.holds("they are gone", () -> browser.evaluate("document.querySelectorAll('.container').length").asInt() == containers.size());
    }

    @Test
    void othersAreNotServed() {
        String curl = cluster.host(0).run("curl", "-si", url);
        assertThat(curl).startsWith("HTTP/1.1 200").containsIgnoringCase("content-security-policy: default-src 'none'; script-src 'self'; ");
        assertThat(cluster.host(0).run("curl", "-si", "-H", "Host: rebound.example:80", url)).startsWith("HTTP/1.1 421")
                .contains("ask by an IP address, or as localhost");
        assertThat(cluster.host(0).run("curl", "-si", "-X", "POST", url)).startsWith("HTTP/1.1 405");
        assertThat(cluster.host(0).run("curl", "-si", url + "../../etc/passwd", "--path-as-is")).startsWith("HTTP/1.1 404");
        assertThat(cluster.host(0).run("curl", "-si", url + "reach?id=host1/web&port=0")).startsWith("HTTP/1.1 400");
        assertThat(cluster.host(1).attempt("curl", "-s", "--max-time", "2", url.replace("127.0.0.1", cluster.host(0).address())).ok()).isFalse();
        Command.Ended refused = cluster.attemptCalicoMesos(cluster.host(0), "serve", "--listen", "0.0.0.0:0");
        assertThat(refused).isEqualTo(new Command.Ended(2, "calico-mesos: --listen is 0.0.0.0:0, where others than this host can ask, and "
                + "there is no password: take an address of the loopback, or add --expose; see calico-mesos serve --help"));
        Command.Ended taken = cluster.attemptCalicoMesos(cluster.host(0), "serve", "--listen", url.replaceFirst("http://(.*)/", "$1"),
                "--etcd-endpoints", cluster.etcd().endpoint());
        assertThat(taken.status()).isEqualTo(2);
        assertThat(taken.out()).endsWith(", where it cannot: Address already in use");
    }

    private static String idOf(Container container) {
        return container.host().name() + "/" + container.id();
    }

    private static String focused() {
        return browser.evaluate("document.activeElement?.dataset?.id ?? ''").asText();
    }

    private static String text(String selector) {
        return browser.evaluate("document.querySelector(\"" + selector + "\")?.textContent ?? ''").asText();
    }

    private static List<String> texts(String selector) {
        List<String> texts = new ArrayList<>();
        browser.evaluate("[...document.querySelectorAll(\"" + selector + "\")].map(e => e.textContent)").forEach(each -> texts.add(each.asText()));
        return texts;
    }

    /** How the others stand to the one that is chosen, by id. */
    private static Map<String, String> reaches() {
        Map<String, String> reaches = new TreeMap<>();
        JsonNode shown = browser.evaluate("Object.fromEntries([...document.querySelectorAll('.container[data-reach]')]"
                + ".filter(e => e.dataset.reach).map(e => [e.dataset.id, e.dataset.reach]))");
        shown.properties().forEach(each -> reaches.put(each.getKey(), each.getValue().asText()));
        return reaches;
    }
}
