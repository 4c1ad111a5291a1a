package io.calicomesos.ipam;

/**
 * The addresses of a pool in this host's blocks.
 *
 * @param used that are held, whoever holds them
 * @param free that can be given
 */
public record PoolUsage(int used, int free) {
    PoolUsage with(Block block) {
        return new PoolUsage(used + Block.sizeOf(block.cidr()) - block.freeCount(), free + block.freeCount());
    }
}
