package io.calicomesos.container;

import io.calicomesos.calico.OneLine;
import io.calicomesos.live.Report;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What became of each launch and each cleanup, and how long its steps took: a line in the log, and the last ones for whoever asks. A
 * launch is what Mesos's prepare and isolate do, without what Mesos does between them.
 */
final class RecentLaunches {
    private static final Logger LOG = LoggerFactory.getLogger(RecentLaunches.class);

    private static final int KEPT = 100;

    private final Steps steps;
    private final Executor log;
    private final Map<ContainerPath, Course> launches = new ConcurrentHashMap<>();
    private final Map<ContainerPath, Course> cleanups = new ConcurrentHashMap<>();
    private final Deque<Report.Recent> latest = new ArrayDeque<>();

    /**
     * Prepares.
     *
     * @param steps told how long each takes, whosever it is
     * @param log where lines are written that nobody waits for: the agent's log may be a file on a busy disk
     */
    RecentLaunches(Steps steps, Executor log) {
        this.steps = steps;
        this.log = log;
    }

    /** Takes a step, and measures it until it completes. */
    <T> CompletableFuture<T> measured(ContainerPath container, Steps.Step step, Supplier<CompletableFuture<T>> taken) {
        return steps.measured(step, taken, tookNs -> {
            Course course = (step.isOfLaunch() ? launches : cleanups).get(container);
            if (course != null) { // Else it is a step of something else, such as what etcd has lost.
                course.took(step, tookNs);
            }
        });
    }

    /** A launch begins. */
    void launching(ContainerPath container) {
        launches.put(container, new Course());
    }

    /** It has what it gets of etcd and the disk. */
    void prepared(ContainerPath container) {
        launches.computeIfPresent(container, (key, course) -> {
            course.pause();
            return course;
        });
    }

    /** What it gets of the kernel is next. */
    void isolating(ContainerPath container) {
        launches.computeIfAbsent(container, key -> new Course()).goOn();
    }

    /**
     * It has its networks; if it was given up before, that is what was told.
     *
     * @param container its id
     * @param addresses those that it has
     * @param netgroups those that it is in
     */
    void launched(ContainerPath container, List<String> addresses, List<String> netgroups) {
        Course course = launches.remove(container);
        if (course != null) {
            tell("launch", container, course, addresses, netgroups, null);
        }
    }

    /**
     * It has none.
     *
     * @param container its id
     * @param reason why, for an operator
     */
    void notLaunched(ContainerPath container, String reason) {
        tell("launch", container, launches.remove(container), List.of(), List.of(), reason);
    }

    /** A cleanup begins. */
    void cleaning(ContainerPath container) {
        launches.remove(container);
        cleanups.put(container, new Course());
    }

    /**
     * What it held is given back.
     *
     * @param container its id
     * @param addresses those that it had
     * @param netgroups those that it was in, as far as is known
     */
    void cleanedUp(ContainerPath container, List<String> addresses, List<String> netgroups) {
        tell("cleanup", container, cleanups.remove(container), addresses, netgroups, null);
    }

    /**
     * What it held is not given back.
     *
     * @param container its id
     * @param reason why, for an operator
     */
    void notCleanedUp(ContainerPath container, String reason) {
        tell("cleanup", container, cleanups.remove(container), List.of(), List.of(), reason);
    }

    private void tell(
            String what, ContainerPath container, Course course, List<String> addresses, List<String> netgroups, String reason) {
        Course its = course == null ? new Course() : course;
        its.pause();
        Report.Recent recent = new Report.Recent(
                what, container.toString(), Instant.now().truncatedTo(ChronoUnit.MILLIS).toString(), addresses, netgroups, its.steps(),
                its.totalMs(), reason);
        synchronized (latest) {
            if (latest.size() == KEPT) {
                latest.removeLast();
            }
            latest.addFirst(recent);
        }
        if (reason == null) {
            log.execute(() -> LOG.info("{}", OneLine.of(recent.line())));
        } else { // Before the agent goes on, and tells what it does about it.
            LOG.warn("{}", OneLine.of(recent.line()));
        }
    }

    /** The last ones, the latest first. */
    List<Report.Recent> latest() {
        synchronized (latest) {
            return new ArrayList<>(latest);
        }
    }
}
