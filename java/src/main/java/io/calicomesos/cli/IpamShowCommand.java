package io.calicomesos.cli;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.Keys;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.ipam.Block;
import java.io.PrintWriter;
import java.math.BigInteger;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code calico-mesos ipam show}: how much of the pools is used, and by whom. Reads all blocks. */
@Command(
        name = "show",
        description = "Show how much of each pool is used, and how much each host has of it.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:shown", "2:the datastore could not be read"})
final class IpamShowCommand implements Callable<Integer> {
    private static final String HOST_PREFIX = "host:";

    @Spec
    private CommandSpec spec;

    @Option(names = "--blocks", description = "Each block by itself, instead of a line for each host")
    private boolean eachBlock;

    @Mixin
    private EtcdOptions etcdOptions;

    @Mixin
    private Output output;

    /**
     * A pool.
     *
     * @param name its name
     * @param cidr its network
     * @param disabled whether no addresses are given from it
     * @param blocks how many blocks hosts have taken from it
     * @param used how many addresses are held
     * @param free how many are not, in blocks or outside; a text, since IPv6 has too many for a number
     */
    private record Pool(String name, String cidr, boolean disabled, int blocks, int used, String free) {}

    /**
     * What a host has.
     *
     * @param host its name; null for blocks that are nobody's
     * @param blocks how many
     * @param used how many addresses in them are held
     * @param free how many are not
     * @param lent how many are held by other hosts
     */
    private record Host(String host, int blocks, int used, int free, int lent) {}

    /**
     * A block.
     *
     * @param cidr its network
     * @param pool the pool's name; null if it is in none
     * @param host whose it is; null for nobody's
     * @param used how many addresses are held
     * @param free how many are not
     * @param lent how many are held by other hosts
     */
    private record OneBlock(String cidr, String pool, String host, int used, int free, int lent) {}

    /** All of it. */
    private record Shown(List<Pool> pools, List<Host> hosts, List<OneBlock> blocks) {}

    @Override
    public Integer call() {
        Collection<IpPool> pools;
        Collection<Block> blocks;
        try (EtcdConnection connection = etcdOptions.connect()) {
            Etcd etcd = connection.etcd();
            Datastore datastore = new Datastore(etcd, spec.commandLine().getErr());
            pools = datastore.under(Keys.POOLS, IpPool.class).values();
            blocks = datastore.under(Keys.BLOCKS, Block.class).values();
        }
        List<OneBlock> shown = blocks.stream().map(each -> block(each, pools)).toList();
        Shown all = new Shown(pools.stream().map(each -> pool(each, blocks)).toList(), hosts(shown), shown);
        output.print(all, out -> print(all, out));
        return 0;
    }

    private void print(Shown all, PrintWriter out) {
        Table pools = new Table("POOL", "NETWORK", "BLOCKS", "USED", "FREE", "STATE");
        all.pools().forEach(each -> pools.row(
                each.name(), each.cidr(), each.blocks(), each.used(), each.free(), each.disabled() ? "disabled" : "enabled"));
        pools.print(out);
        out.println();
        if (eachBlock) {
            Table blocks = new Table("BLOCK", "POOL", "HOST", "USED", "FREE", "LENT");
            all.blocks().forEach(each -> blocks.row(each.cidr(), each.pool(), each.host(), each.used(), each.free(), each.lent()));
            blocks.print(out);
        } else {
            Table hosts = new Table("HOST", "BLOCKS", "USED", "FREE", "LENT");
            all.hosts().forEach(each -> hosts.row(each.host(), each.blocks(), each.used(), each.free(), each.lent()));
            hosts.print(out);
        }
    }

    private static Pool pool(IpPool pool, Collection<Block> blocks) {
        Cidr cidr = pool.spec().cidr();
        List<Block> its = blocks.stream().filter(each -> cidr.contains(each.cidr())).toList();
        int used = its.stream().mapToInt(each -> each.held().size()).sum();
        return new Pool(pool.metadata().name(), cidr.toString(), pool.spec().disabled(), its.size(), used,
                cidr.size().subtract(BigInteger.valueOf(used)).toString());
    }

    private static OneBlock block(Block block, Collection<IpPool> pools) {
        String host = block.affinity().filter(each -> each.startsWith(HOST_PREFIX)).map(each -> each.substring(HOST_PREFIX.length()))
                .orElse(null);
        String pool = pools.stream().filter(each -> each.spec().cidr().contains(block.cidr())).map(each -> each.metadata().name())
                .findFirst().orElse(null);
        int lent = (int) block.held().stream().flatMap(each -> block.holderOf(each).flatMap(holder -> holder.node()).stream())
                .filter(each -> !each.equals(host)).count();
        return new OneBlock(block.cidr().toString(), pool, host, block.held().size(), block.freeCount(), lent);
    }

    private static List<Host> hosts(List<OneBlock> blocks) {
        Map<String, List<OneBlock>> byHost = blocks.stream().collect(Collectors.groupingBy(
                each -> Objects.toString(each.host(), ""), TreeMap::new, Collectors.toList()));
        return byHost.entrySet().stream().map(each -> new Host(
                each.getKey().isEmpty() ? null : each.getKey(), each.getValue().size(),
                sum(each.getValue().stream().map(OneBlock::used)), sum(each.getValue().stream().map(OneBlock::free)),
                sum(each.getValue().stream().map(OneBlock::lent)))).toList();
    }

    private static int sum(Stream<Integer> numbers) {
        return numbers.mapToInt(Integer::intValue).sum();
    }
}
