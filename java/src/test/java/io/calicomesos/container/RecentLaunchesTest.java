package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.live.Report;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What is kept of launches and cleanups. */
class RecentLaunchesTest {
    private final List<Steps.Step> told = new ArrayList<>();
    private final List<Runnable> lines = new ArrayList<>();
    private final RecentLaunches recent = new RecentLaunches(new Steps((step, tookNs) -> told.add(step)), lines::add);

    @Test
    void theLastHundredAreKeptTheLatestFirst() {
        for (int i = 0; i < 250; i++) {
            recent.notLaunched(new ContainerPath(List.of("c" + i)), "no");
        }
        assertThat(recent.latest()).hasSize(100);
        assertThat(recent.latest().get(0).container()).isEqualTo("c249");
        assertThat(recent.latest().get(99).container()).isEqualTo("c150");
    }

    @Test
    void aLaunchHasItsStepsInTheirOrderAndNotWhatMesosDoesBetweenThem() throws InterruptedException {
        ContainerPath web = new ContainerPath(List.of("web"));
        long began = System.nanoTime();
        recent.launching(web);
        CompletableFuture<Void> registered = new CompletableFuture<>();
        recent.measured(web, Steps.Step.REGISTER, () -> registered);
        Thread.sleep(20);
        registered.complete(null);
        recent.prepared(web);
        Thread.sleep(500);
        recent.isolating(web);
        recent.measured(web, Steps.Step.ATTACH, () -> {
            sleep(20); // Work that is done where it is started.
            return CompletableFuture.completedFuture(null);
        });
        recent.measured(web, Steps.Step.ADMIT, () -> CompletableFuture.completedFuture(null));
        recent.notLaunched(web, "the kernel refuses");
        Report.Recent launch = recent.latest().get(0);
        assertThat(launch.steps()).extracting(Report.Step::name).containsExactly("register", "admit", "attach");
        assertThat(launch.steps().get(0).ms()).isGreaterThanOrEqualTo(20);
        assertThat(launch.steps().get(2).ms()).isGreaterThanOrEqualTo(20);
        assertThat(launch.totalMs()).isBetween(40.0, (System.nanoTime() - began) / 1e6 - 500);
        assertThat(launch.line()).isEqualTo("container web not launched: the kernel refuses");
        assertThat(told).hasSize(3);
    }

    @Test
    void aLaunchThatWasGivenUpIsToldOnce() {
        ContainerPath web = new ContainerPath(List.of("web"));
        recent.launching(web);
        recent.notLaunched(web, "no answer");
        recent.launched(web, List.of("198.18.0.1"), List.of("prod"));
        assertThat(recent.latest()).singleElement().extracting(Report.Recent::error).isEqualTo("no answer");
    }

    @Test
    void aCleanupOfWhichOnlyTheEndIsKnownHasNoTimes() {
        ContainerPath web = new ContainerPath(List.of("web"));
        recent.cleaning(web);
        recent.notCleanedUp(web, "no answer");
        recent.cleanedUp(web, List.of("198.18.0.1"), List.of("prod"));
        assertThat(recent.latest().get(0).line()).isEqualTo("container web cleaned up: addresses 198.18.0.1, netgroups prod");
    }

    private static void sleep(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aCleanupIsNotMistakenForTheNextLaunchOfTheName() {
        ContainerPath web = new ContainerPath(List.of("web"));
        recent.cleaning(web);
        recent.launching(web);
        recent.measured(web, Steps.Step.REGISTER, () -> CompletableFuture.completedFuture(null));
        recent.measured(web, Steps.Step.RELEASE, () -> CompletableFuture.completedFuture(null));
        recent.cleanedUp(web, List.of("198.18.0.1"), List.of("prod"));
        assertThat(recent.latest().get(0).steps()).extracting(Report.Step::name).containsExactly("release");
        assertThat(recent.latest().get(0).line()).matches(
                "container web cleaned up: addresses 198\\.18\\.0\\.1, netgroups prod; ms: release \\d+\\.\\d+, total \\d+\\.\\d+");
    }

    @Test
    void whoIsLaunchedDoesNotWaitForTheLogAndWhoIsNotDoes() {
        ContainerPath web = new ContainerPath(List.of("web"));
        recent.launching(web);
        recent.launched(web, List.of("198.18.0.1"), List.of("prod"));
        assertThat(lines).hasSize(1);
        assertThat(recent.latest()).hasSize(1);
        recent.notCleanedUp(web, "the kernel refuses");
        assertThat(lines).hasSize(1);
    }
}
