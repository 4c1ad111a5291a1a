package io.calicomesos.lab.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.calicomesos.lab.TestAgent;
import java.util.concurrent.CompletableFuture;

/** Containers of the module, without processes of their own: just what Mesos asks it for. */
final class Ours {
    private final TestAgent agent;

    Ours(TestAgent agent) {
        this.agent = agent;
    }

    /**
     * prepare and isolate.
     *
     * @param id the container's
     * @param pid its process
     * @return how long the two took, nanoseconds
     */
    CompletableFuture<Long> launch(String id, long pid) {
        return agent.send(TestAgent.containerInfo(TestAgent.line("prepare", id), TestAgent.groups("prod")))
                .thenCompose(prepared -> agent.send(TestAgent.line("isolate", id).put("pid", pid))
                        .thenApply(isolated -> took(prepared) + took(isolated)));
    }

    /**
     * cleanup.
     *
     * @param id the container's
     * @return how long it took, nanoseconds
     */
    CompletableFuture<Long> cleanup(String id) {
        return agent.send(TestAgent.line("cleanup", id)).thenApply(Ours::took);
    }

    private static long took(JsonNode reply) {
        if (!reply.path("ok").asBoolean()) {
            throw new IllegalStateException(reply.toString());
        }
        return reply.path("took_ns").asLong();
    }
}
