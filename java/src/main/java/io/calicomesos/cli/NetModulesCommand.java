package io.calicomesos.cli;

import io.calicomesos.netmodules.Answer;
import io.calicomesos.netmodules.EnvironmentSettings;
import io.calicomesos.netmodules.NetModules;
import io.calicomesos.netmodules.Request;
import io.calicomesos.netmodules.RequestReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code calico-mesos net-modules}: what net-modules calls, by {@code ipam_command} and {@code isolator_command}. It reads one request
 * from stdin to its end and writes one answer, whatever goes wrong; what else there is to say goes to stderr, the agent's log.
 */
@Command(
        name = "net-modules",
        description = "Answer one request of net-modules, JSON on stdin. The same without a word, if stdin is no terminal.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:done", "1:failed, as the answer says"})
final class NetModulesCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(NetModulesCommand.class);

    private static final int DONE = 0;
    private static final int FAILED = 1;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Answer answer;
        try {
            answer = answer();
        } catch (Exception | LinkageError | StackOverflowError | OutOfMemoryError e) {
            answer = Answer.failed(messageOf(e));
        }
        spec.commandLine().getOut().println(answer.json());
        return answer.error() == null ? DONE : FAILED;
    }

    private static Answer answer() throws Exception {
        Request request = RequestReader.read(System.in.readNBytes(RequestReader.MAX_BYTES + 1));
        return new NetModules(EnvironmentSettings.read(System.getenv(), hostName())).answer(request);
    }

    private static String hostName() throws Exception {
        return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    }

    /** What we refuse says all in its message; what we did not expect also says what it is. */
    private static String messageOf(Throwable thrown) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause.getClass().getName().startsWith("io.calicomesos.") && cause.getMessage() != null) {
            return cause.getMessage();
        }
        LOG.error("unexpected", cause);
        return cause.toString();
    }
}
