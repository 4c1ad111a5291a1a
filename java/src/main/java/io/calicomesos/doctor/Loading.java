package io.calicomesos.doctor;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The module as an agent loads it, or would.
 *
 * @param who the agent, for messages
 * @param program the agent's; none if none was found
 * @param library the module's
 * @param javaHome the parameter {@code java_home}
 * @param javaHomeVariable the agent's environment variable {@code JAVA_HOME}
 */
public record Loading(
        String who, Optional<Path> program, Path library, Optional<String> javaHome, Optional<String> javaHomeVariable) {}
