package io.calicomesos.netgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.ProfileName;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdAccess;
import io.calicomesos.etcd.EtcdProcess;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.PutOption;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The sweep of unused profiles, and the hosts that keep those they use, on a real etcd. */
class ProfileSweepTest {
    private static final Duration SHORT = Duration.ofMillis(20);

    private final EtcdProcess process = EtcdProcess.started();
    private final ExecutorService reader = Executors.newSingleThreadExecutor();
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private final Etcd etcd = new Etcd(EtcdAccess.open(List.of(process.endpoint())), Duration.ofSeconds(2));
    private final List<AutoCloseable> parts = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : parts) {
            each.close();
        }
        etcd.close();
        executor.shutdown();
        reader.shutdown();
        process.close();
    }

    @Test
    void whatNoEndpointNamesIsDeletedAmongThousands() {
        for (int i = 0; i < 1_100; i++) {
            put("used-" + i);
            endpoint("e" + i, "used-" + i);
        }
        put("unused");
        put("Unused too");
        sweep(new Random());
        EtcdProcess.eventually("the unused are gone", () -> !exists("unused") && !exists("Unused too"));
        assertThat(process.under(Keys.PROFILES)).hasSize(1_100);
    }

    @Test
    void anEndpointThatComesWithinTheGracePeriodKeepsItsProfile() throws Exception {
        put("late");
        put("unused");
        ProfileSweep sweep = new ProfileSweep(etcd, SHORT, Duration.ofSeconds(2), executor, reader, new Random());
        parts.add(sweep);
        long before = process.reads();
        sweep.start();
        EtcdProcess.eventually("endpoints are read for the first time", () -> process.reads() >= before + 4);
        endpoint("e", "late");
        EtcdProcess.eventually("the unused is gone", () -> !exists("unused"));
        assertThat(exists("late")).isTrue();
    }

    @Test
    void anEndpointThatCannotBeReadMightNameAnyOfThem() throws Exception {
        put("unused");
        process.put(Keys.ENDPOINTS + "default/odd", "{\"spec\":{\"profiles\":");
        AtomicInteger rounds = new AtomicInteger();
        sweep(new Random() {
            @Override
            public int nextInt(int bound) {
                rounds.incrementAndGet();
                return 0;
            }
        });
        EtcdProcess.eventually("it was tried", () -> rounds.get() > 5);
        assertThat(exists("unused")).isTrue();
        process.delete(Keys.ENDPOINTS + "default/odd");
        EtcdProcess.eventually("the unused is gone", () -> !exists("unused"));
    }

    @Test
    void theChanceToTakePartIsOneInAsManyAsThereAreNodes() throws Exception {
        put("unused");
        for (int i = 0; i < 7; i++) {
            process.put(Keys.NODES + "host" + i, "{}");
        }
        AtomicInteger drawn = new AtomicInteger(1);
        Set<Integer> bounds = ConcurrentHashMap.newKeySet();
        sweep(new Random() {
            @Override
            public int nextInt(int bound) {
                bounds.add(bound);
                return drawn.get();
            }
        });
        EtcdProcess.eventually("lots are drawn", () -> bounds.equals(Set.of(7)));
        assertThat(exists("unused")).isTrue();
        drawn.set(0);
        EtcdProcess.eventually("the unused is gone", () -> !exists("unused"));
    }

    @Test
    void aLaunchThatMeetsTheSweepHasItsProfileAllTheSame() {
        Profiles profiles = new Profiles(etcd, executor);
        parts.add(profiles);
        profiles.start();
        profiles.known().join();
        for (int i = 0; i < 3; i++) { // Sweeps as if of many hosts, at once and without grace.
            ProfileSweep sweep = new ProfileSweep(etcd, Duration.ofMillis(1 + i), Duration.ZERO, executor, reader, new Random());
            parts.add(sweep);
            sweep.start();
        }
        for (int i = 0; i < 300; i++) {
            profiles.keep("c", Profile.ofContainer(List.of("Busy"), Instant.EPOCH));
            launch("c", "Busy");
            EtcdProcess.eventually("it has its profile", () -> exists("Busy"));
            pause(i % 7);
            EtcdProcess.eventually("and has it still", () -> exists("Busy"));
            process.delete(Keys.ENDPOINTS + "default/c");
            profiles.forget("c");
            pause(i % 5);
        }
        EtcdProcess.eventually("in the end it is swept", () -> !exists("Busy"));
    }

    @Test
    void whatIsNotKeptHereIsNotWrittenAgain() throws Exception {
        Profiles profiles = new Profiles(etcd, executor);
        parts.add(profiles);
        put("kept");
        put("forgotten");
        profiles.start();
        profiles.known().join();
        profiles.keep("a", Profile.ofContainer(List.of("kept", "forgotten"), Instant.EPOCH));
        profiles.keep("b", Profile.ofContainer(List.of("kept", "forgotten"), Instant.EPOCH));
        profiles.forget("a");
        profiles.keep("b", Profile.ofContainer(List.of("kept"), Instant.EPOCH));
        process.delete(key("forgotten"));
        process.delete(key("kept"));
        EtcdProcess.eventually("the one is there again", () -> exists("kept"));
        assertThat(exists("forgotten")).isFalse();
    }

    private void sweep(Random lot) {
        ProfileSweep sweep = new ProfileSweep(etcd, SHORT, SHORT, executor, reader, lot);
        parts.add(sweep);
        sweep.start();
    }

    /** What a launch commits of these two. */
    private void launch(String name, String netgroup) {
        ByteSequence profile = Etcd.bytes(key(netgroup));
        etcd.commit(List.of(), List.of(
                Op.txn(new Cmp[] {new Cmp(profile, Cmp.Op.EQUAL, CmpTarget.version(0))},
                        new Op[] {Op.put(profile, ByteSequence.from(Json.write(made(netgroup))), PutOption.DEFAULT)}, new Op[] {}),
                Op.put(Etcd.bytes(Keys.ENDPOINTS + "default/" + name), Etcd.bytes(document(netgroup)), PutOption.DEFAULT)),
                List.of()).join();
    }

    private void endpoint(String name, String netgroup) {
        process.put(Keys.ENDPOINTS + "default/" + name, document(netgroup));
    }

    private static String document(String netgroup) {
        return "{\"kind\":\"WorkloadEndpoint\",\"spec\":{\"profiles\":[\"" + ProfileName.ofNetgroup(netgroup) + "\"]}}";
    }

    private void put(String netgroup) {
        process.put(key(netgroup), new String(Json.write(made(netgroup)), StandardCharsets.UTF_8));
    }

    private static Profile made(String netgroup) {
        return Profile.ofNetgroup(netgroup, UUID.randomUUID(), Instant.now());
    }

    private boolean exists(String netgroup) {
        return process.get(key(netgroup)).isPresent();
    }

    private static String key(String netgroup) {
        return Keys.profile(ProfileName.ofNetgroup(netgroup));
    }

    private static void pause(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
