package io.calicomesos.container;

import java.io.IOException;

/** Reads Mesos's messages, whose parts are what a framework sent. */
public final class MesosMessage {
    private MesosMessage() {}

    /**
     * Reads one.
     *
     * @param name the message's in Mesos's .proto files
     * @param bytes the message, serialized
     * @param parser the generated class's {@code parseFrom}
     * @return what they say
     * @throws MalformedMessageException if they are no such message
     */
    public static <T> T read(String name, byte[] bytes, Parser<T> parser) throws MalformedMessageException {
        try {
            return parser.parse(bytes);
        } catch (IOException e) {
            throw malformed(name, bytes, e.getMessage(), e);
        } catch (RuntimeException e) { // Protobuf reads beyond the end after some lengths that are no lengths.
            throw malformed(name, bytes, "its parser threw " + e, e);
        } catch (OutOfMemoryError e) { // After others it asks for gigabytes.
            throw malformed(name, bytes, "its parser threw " + e + ", unless the parameter java_heap is too small", e);
        }
    }

    private static MalformedMessageException malformed(String name, byte[] bytes, String why, Throwable cause) {
        return new MalformedMessageException(name + " of " + bytes.length + " bytes cannot be read, it is no such message: " + why, cause);
    }

    /** Protobuf's own, of which there are two: the one in Mesos's jar goes by another name. */
    @FunctionalInterface
    public interface Parser<T> {
        /** Reads, or throws whatever it likes. */
        T parse(byte[] bytes) throws IOException;
    }
}
