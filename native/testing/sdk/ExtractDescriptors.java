import java.nio.file.Files;
import java.nio.file.Path;

import org.apache.mesos.Protos;
import org.apache.mesos.protobuf.DescriptorProtos.FileDescriptorSet;

/// Writes the descriptors of Mesos's messages, which the official Java bindings carry, as a FileDescriptorSet that protoc reads:
/// `java -cp mesos.jar ExtractDescriptors.java <output>`.
public class ExtractDescriptors {
    public static void main(String[] args) throws Exception {
        Files.write(Path.of(args[0]),
            FileDescriptorSet.newBuilder().addFile(Protos.getDescriptor().toProto()).build().toByteArray());
    }
}
