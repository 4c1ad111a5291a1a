package io.calicomesos.netmodules;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;

/** What net-modules gets back: a JSON object whose {@code error} is null if all went well. It reads no more than 40 KiB. */
public sealed interface Answer {

    /**
     * To all commands but allocate, and to what failed.
     *
     * @param error one line, or null
     */
    record Plain(String error) implements Answer {
        /** All went well. */
        static final Plain DONE = new Plain(null);
    }

    /**
     * To allocate.
     *
     * @param ipv4 the addresses
     * @param ipv6 likewise
     * @param error null
     */
    record Addresses(List<String> ipv4, List<String> ipv6, String error) implements Answer {}

    /**
     * What went wrong.
     *
     * @return null if nothing did
     */
    String error();

    /** The longest error, far below what net-modules reads. */
    int MAX_ERROR = 2_000;

    /**
     * A failure.
     *
     * @param message what is wrong; of several lines the first is taken
     * @return the answer
     */
    static Answer failed(String message) {
        String line = message.lines().findFirst().orElse("no message");
        return new Plain(line.length() <= MAX_ERROR ? line : line.substring(0, MAX_ERROR) + "…");
    }

    /**
     * As it is written.
     *
     * @return one line of JSON
     */
    default String json() {
        try {
            return new ObjectMapper().writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
