package io.calicomesos.lab.bench;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * The transaction of a launch and nothing else, by jetcd, in a virtual machine of its own with the module's options: a block, a handle
 * and an endpoint, of the sizes that the module writes, if the block is what it was and the others are not there. A {@link Worker}:
 * {@code commit NUMBER}.
 */
final class FloorTransaction {
    private static final String PREFIX = "/floor/";

    private final KV etcd;
    private final ByteSequence blockValue;
    private final ByteSequence handleValue;
    private final ByteSequence endpointValue;
    private long blockRevision;

    private FloorTransaction(KV etcd, int blockBytes, int handleBytes, int endpointBytes) {
        this.etcd = etcd;
        this.blockValue = bytes("b".repeat(blockBytes));
        this.handleValue = bytes("h".repeat(handleBytes));
        this.endpointValue = bytes("e".repeat(endpointBytes));
    }

    /**
     * Works until its standard input ends.
     *
     * @param arguments etcd's client URL, and how many bytes the values of block, handle and endpoint have
     */
    public static void main(String[] arguments) throws Exception {
        try (Client client = Client.builder().endpoints(arguments[0]).build()) {
            FloorTransaction floor = new FloorTransaction(client.getKVClient(), Integer.parseInt(arguments[1]),
                    Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String number = line.strip().split(" ")[1];
                System.out.println(number + " " + floor.commit(number));
            }
        }
    }

    private long commit(String number) throws Exception {
        ByteSequence block = bytes(PREFIX + "block");
        ByteSequence handle = bytes(PREFIX + "handle/" + "0".repeat(50) + number);
        ByteSequence endpoint = bytes(PREFIX + "endpoint/" + "0".repeat(80) + number);
        long start = System.nanoTime();
        TxnResponse response = etcd.txn()
                .If(new Cmp(block, Cmp.Op.EQUAL, CmpTarget.modRevision(blockRevision)),
                        new Cmp(handle, Cmp.Op.EQUAL, CmpTarget.version(0)), new Cmp(endpoint, Cmp.Op.EQUAL, CmpTarget.version(0)))
                .Then(put(block, blockValue), put(handle, handleValue), put(endpoint, endpointValue))
                .Else(Op.get(block, GetOption.DEFAULT), Op.get(handle, GetOption.DEFAULT), Op.get(endpoint, GetOption.DEFAULT))
                .commit().get();
        long took = System.nanoTime() - start;
        if (!response.isSucceeded()) {
            throw new IllegalStateException("the transaction did not succeed");
        }
        blockRevision = response.getHeader().getRevision();
        etcd.txn().Then(Op.delete(handle, DeleteOption.DEFAULT), Op.delete(endpoint, DeleteOption.DEFAULT)).commit().get();
        return took;
    }

    private static Op put(ByteSequence key, ByteSequence value) {
        return Op.put(key, value, PutOption.DEFAULT);
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }
}
