package io.calicomesos.ipam;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Throwables;
import com.google.common.net.InetAddresses;
import io.calicomesos.calico.BlockAffinity;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdAccess;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.options.GetOption;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Our allocator as a program, so that a test in Go can drive it beside Calico's own, {@code interop/allocator}, and in the same
 * language: a request on each line of stdin, an answer to each on a line of stdout. Of the operations there it knows {@code assign},
 * {@code assign-this}, {@code release} and {@code look}; a handle is {@code mesos.<node>.<container>}. A refusal is of the kind
 * {@code refused}, and an assignment that is refused gives nothing. {@code check} answers with what {@code calico-mesos ipam check}
 * finds: {@code findings}.
 *
 * <p>Arguments: etcd's URL, the node's name.
 */
final class AllocatorCommand {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final LedgerHost host;
    private final Etcd etcd;
    private final Map<String, Launched> launched = new HashMap<>();

    private AllocatorCommand(LedgerHost host, Etcd etcd) {
        this.host = host;
        this.etcd = etcd;
    }

    public static void main(String[] arguments) throws Exception {
        URI endpoint = URI.create(arguments[0]);
        Duration patience = Duration.ofSeconds(20);
        try (LedgerHost host = new LedgerHost(endpoint, arguments[1], patience, patience);
                Etcd etcd = new Etcd(EtcdAccess.open(List.of(endpoint)), patience)) {
            AllocatorCommand command = new AllocatorCommand(host, etcd);
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println(command.answer(line));
            }
        }
    }

    private ObjectNode answer(String line) throws IOException {
        JsonNode asked = JSON.readTree(line);
        ObjectNode answer = JSON.createObjectNode();
        answer.set("id", asked.path("id"));
        try {
            perform(asked, answer);
        } catch (Exception e) {
            Throwable cause = Throwables.getRootCause(e);
            answer.put("error", cause.toString()).put("kind", cause instanceof AddressException ? "refused" : "other");
        }
        return answer;
    }

    private void perform(JsonNode asked, ObjectNode answer) throws Exception {
        String handle = asked.path("handle").asText();
        switch (asked.path("op").asText()) {
            case "assign" -> {
                List<Wish> wishes = new ArrayList<>(Collections.nCopies(asked.path("v4").asInt(), new Wish.Any(4)));
                wishes.addAll(Collections.nCopies(asked.path("v6").asInt(), new Wish.Any(6)));
                launch(handle, wishes, asked.path("pools"), answer);
            }
            case "assign-this" -> launch(
                    handle, List.of(new Wish.This(InetAddresses.forString(asked.path("address").asText()))), asked.path("pools"), answer);
            case "release" -> {
                LedgerHost.outcome(host.depart(containerOf(handle), launched.get(handle)));
                launched.remove(handle);
            }
            case "look" -> look(answer);
            case "check" -> LedgerHost.outcome(new AuditReader(etcd).read()).findings()
                    .forEach(each -> answer.withArray("/findings").add(each.toString()));
            default -> throw new IllegalArgumentException("unknown op: " + asked);
        }
    }

    private void launch(String handle, List<Wish> wishes, JsonNode pools, ObjectNode answer) throws Exception {
        List<String> named = new ArrayList<>();
        pools.forEach(each -> named.add(each.asText()));
        Launched given = LedgerHost.outcome(host.launch(containerOf(handle), wishes, named.toArray(String[]::new)));
        launched.put(handle, given);
        LedgerHost.texts(given).forEach(answer.withArray("/addresses")::add);
    }

    private String containerOf(String handle) {
        String container = handle.substring(handle.lastIndexOf('.') + 1);
        if (!host.handle(container).value().equals(handle)) {
            throw new IllegalArgumentException("handle " + handle + ": must be " + host.handle(container));
        }
        return container;
    }

    /** All that etcd holds of addresses, as our own types read it. */
    private void look(ObjectNode answer) throws Exception {
        answer.putArray("blocks");
        answer.putObject("handles");
        answer.putObject("affinities");
        for (KeyValue each : LedgerHost.outcome(
                etcd.get(Etcd.bytes(Keys.IPAM), GetOption.builder().isPrefix(true).build())).getKvs()) {
            String text = each.getKey().toString(StandardCharsets.UTF_8);
            byte[] value = each.getValue().getBytes();
            Key key = Keys.parse(text).orElseThrow();
            if (key instanceof Key.Block) {
                describe(Json.read(Block.class, text, value), answer.withArray("/blocks").addObject());
            } else if (key instanceof Key.Handle handle) {
                ObjectNode counts = answer.withObject("/handles").putObject(handle.id().value());
                Json.read(Handle.class, text, value).block().forEach(counts::put);
            } else if (key instanceof Key.Affinity affinity) {
                answer.withObject("/affinities").put(
                        affinity.host() + " " + affinity.cidr(), Json.read(BlockAffinity.class, text, value).state());
            }
        }
    }

    private static void describe(Block block, ObjectNode described) {
        Cidr cidr = block.cidr();
        described.put("cidr", cidr.toString()).put("affinity", block.affinity().orElse(null)).put("sequence", block.sequenceNumber());
        described.putArray("free");
        for (int ordinal : block.allocations().queue()) {
            described.withArray("/free").add(InetAddresses.toAddrString(cidr.addressAt(ordinal)));
        }
        described.putArray("addresses");
        for (InetAddress address : block.held()) {
            Attribute holder = block.holderOf(address).orElseThrow();
            ObjectNode held = described.withArray("/addresses").addObject();
            held.put("address", InetAddresses.toAddrString(address)).put("handle", holder.handleId())
                    .put("sequence", block.sequenceNumberOf(address).orElse(0));
            holder.secondary().forEach(held.putObject("attributes")::put);
        }
    }
}
