package io.calicomesos.lab.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A program that carries out lines, each a verb, a number and more words, and answers with the number and the nanoseconds that it took,
 * or with what did not work.
 */
final class Worker implements AutoCloseable {
    private final Process process;
    private final Writer in;
    private final Map<Integer, CompletableFuture<Long>> pending = new ConcurrentHashMap<>();
    private int last;

    Worker(List<String> line) {
        try {
            process = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        in = process.outputWriter();
        Thread reader = new Thread(this::read, "worker");
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                String[] words = line.split(" ", 2);
                CompletableFuture<Long> answer = pending.remove(Integer.valueOf(words[0]));
                if (words[1].matches("\\d+")) {
                    answer.complete(Long.valueOf(words[1]));
                } else {
                    answer.completeExceptionally(new IllegalStateException(words[1]));
                }
            }
        } catch (IOException e) {
            // It has ended; said below.
        }
        pending.values().forEach(each -> each.completeExceptionally(new IllegalStateException("a worker has ended")));
    }

    /**
     * Has something done.
     *
     * @param verb what
     * @param words with what
     * @return how long it took, nanoseconds
     */
    synchronized CompletableFuture<Long> send(String verb, String... words) {
        int number = ++last;
        CompletableFuture<Long> answer = new CompletableFuture<>();
        pending.put(number, answer);
        try {
            in.write(verb + " " + number + " " + String.join(" ", words) + "\n");
            in.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return answer;
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
