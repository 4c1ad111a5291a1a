package io.calicomesos.config;

import java.util.List;

/**
 * A network that a NetworkInfo can name.
 *
 * @param name as in {@code NetworkInfo.name}
 * @param netgroups the netgroups of a container that joins it without naming groups of its own
 */
public record Network(String name, List<String> netgroups) {}
