package io.calicomesos.archive;

import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** An etcd without a key, on a free port of the loopback: it answers whatever it is asked with an empty message. */
final class EmptyEtcd {
    private final Server server;

    /**
     * Starts it.
     *
     * @throws IOException if no port can be had
     */
    EmptyEtcd() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .fallbackHandlerRegistry(new AnyMethod())
                .build()
                .start();
    }

    /** Its client URL. */
    String endpoint() {
        return "http://127.0.0.1:" + server.getPort();
    }

    private static final class AnyMethod extends HandlerRegistry {
        @Override
        public ServerMethodDefinition<?, ?> lookupMethod(String name, String authority) {
            MethodDescriptor<Integer, Integer> method = MethodDescriptor.<Integer, Integer>newBuilder()
                    .setType(MethodDescriptor.MethodType.UNKNOWN)
                    .setFullMethodName(name)
                    .setRequestMarshaller(new Length())
                    .setResponseMarshaller(new Length())
                    .build();
            ServerCallHandler<Integer, Integer> handler = (call, headers) -> {
                call.sendHeaders(new Metadata());
                call.request(1);
                return new EmptyAnswers(call);
            };
            return ServerMethodDefinition.create(method, handler);
        }
    }

    private static final class EmptyAnswers extends ServerCall.Listener<Integer> {
        private final ServerCall<Integer, Integer> call;

        private EmptyAnswers(ServerCall<Integer, Integer> call) {
            this.call = call;
        }

        @Override
        public void onMessage(Integer requested) {
            call.sendMessage(0);
            call.request(1);
        }

        @Override
        public void onHalfClose() {
            call.close(Status.OK, new Metadata());
        }
    }

    /** Of a message nothing matters but how long it is: what is asked is not looked at, and all fields of an empty one are default. */
    private static final class Length implements MethodDescriptor.Marshaller<Integer> {
        @Override
        public InputStream stream(Integer length) {
            return new ByteArrayInputStream(new byte[length]);
        }

        @Override
        public Integer parse(InputStream message) {
            try {
                return message.readAllBytes().length;
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
