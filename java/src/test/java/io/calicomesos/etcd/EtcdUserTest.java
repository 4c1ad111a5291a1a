package io.calicomesos.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.PutOption;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user and a password, with a real etcd whose tokens are good for seconds only. */
class EtcdUserTest {
    private static final String PASSWORD = "correct horse battery";

    @TempDir
    private Path directory;
    private Path passwordFile;
    private final EtcdProcess process = EtcdProcess.notStarted("--auth-token-ttl=1", "--bcrypt-cost=4");
    private final EtcdLog log = new EtcdLog();
    private Etcd etcd;

    @BeforeEach
    void start() throws Exception {
        process.start();
        process.addUser("agent", PASSWORD);
        process.grant("agent", "/calico/");
        process.enableAuthentication("root's own");
        passwordFile = Certificates.writeSecret(directory.resolve("password"), PASSWORD + "\n");
        etcd = new Etcd(access(), Duration.ofSeconds(2));
    }

    private EtcdAccess access() {
        return new EtcdAccess(
                List.of(process.endpoint()), Optional.empty(), Optional.empty(), Optional.empty(), Optional.of("agent"),
                Optional.of(passwordFile));
    }

    @AfterEach
    void stop() {
        etcd.close();
        process.close();
        log.close();
        assertThat(log.with(PASSWORD)).as("the password in the log").isEmpty();
    }

    @Test
    void whatTheRoleDoesNotAllowIsRefusedAndWasNotCarriedOut() throws Exception {
        put("/calico/a").get(60, TimeUnit.SECONDS);
        EtcdException refused = failure(put("/other/a"));
        assertThat(refused).hasMessageStartingWith("etcd at " + process.endpoint() + " refused the transaction: ")
                .hasMessageContaining("permission denied");
        assertThat(refused.outcomeUnknown()).isFalse();
        assertThat(process.under("/other/")).isEmpty();
    }

    @Test
    void aTokenThatHasExpiredFailsNothing() throws Exception {
        for (int i = 0; i < 3; i++) {
            put("/calico/a" + i).get(60, TimeUnit.SECONDS);
            Thread.sleep(3_000); // More than a token's time: etcd looks for old ones every second.
        }
        assertThat(log.with("invalid auth token")).as("a token had expired").isNotEmpty();
    }

    @Test
    void aTokenThatEtcdTookBackFailsNothing() throws Exception {
        put("/calico/a").get(60, TimeUnit.SECONDS);
        process.changePassword("agent", PASSWORD); // The same again: tokens of before are no good any more.
        put("/calico/b").get(60, TimeUnit.SECONDS);
    }

    @Test
    void aWrongPasswordIsToldAndAnotherInTheFileNeedsNoRestart() throws Exception {
        put("/calico/a").get(60, TimeUnit.SECONDS);
        process.changePassword("agent", "another one");
        EtcdException failure = failure(put("/calico/a"));
        assertThat(failure).hasMessageContaining("authentication failed, invalid user ID or password");
        assertThat(traceOf(failure)).doesNotContain(PASSWORD);
        assertThat(failure.outcomeUnknown()).as("worth another try").isTrue();
        Certificates.writeSecret(passwordFile, "another one");
        EtcdProcess.eventually("it works", () -> put("/calico/b").handle((written, thrown) -> thrown == null).get());
    }

    @Test
    void aPasswordFileThatOthersCanReadIsRefused() throws Exception {
        assertThat(passwordFile.toFile().setReadable(true, false)).isTrue();
        assertThatThrownBy(() -> new Etcd(access(), Duration.ofSeconds(2))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("etcd's secret file " + passwordFile + " has mode rw-r--r--");
    }

    @Test
    void anEmptyPasswordFileAndOneOfSeveralLinesAreRefusedAndNotQuoted() throws Exception {
        for (String text : List.of("", "\n", PASSWORD + "\nmore\n")) {
            Certificates.writeSecret(passwordFile, text);
            assertThatThrownBy(() -> new Etcd(access(), Duration.ofSeconds(2))).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("etcd's password file " + passwordFile + " has ")
                    .message().doesNotContain(PASSWORD);
        }
    }

    private CompletableFuture<TxnResponse> put(String key) {
        return etcd.commit(List.of(), List.of(Op.put(Etcd.bytes(key), Etcd.bytes("v"), PutOption.DEFAULT)), List.of());
    }

    private static EtcdException failure(CompletableFuture<?> future) {
        return (EtcdException) catchThrowableOfType(ExecutionException.class, () -> future.get(60, TimeUnit.SECONDS)).getCause();
    }

    private static String traceOf(Throwable thrown) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        return trace.toString();
    }
}
