package io.calicomesos.config;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds everything that is wrong with the settings, where the module stops at the first. */
public final class ConfigurationCheck {
    private ConfigurationCheck() {}

    /**
     * Checks settings: each key by itself, those about etcd together, and then all.
     *
     * @param parameters as for {@link Configuration#read}
     * @param hostName as there
     * @return each error once, one line; none if the module would take them. What only the agent can tell is not looked at: whether
     *     the files are there, and what starts the virtual machine
     */
    public static List<String> errors(Map<String, String> parameters, String hostName) {
        Set<String> errors = new LinkedHashSet<>();
        Settings settings = Settings.of(parameters, errors);
        Settings.addTo(errors, () -> EtcdSettings.read(settings.texts(EtcdSettings.PARAMETERS), Parameter::key));
        for (Parameter each : settings.parameters()) {
            if (!EtcdSettings.PARAMETERS.contains(each)) {
                Settings.addTo(errors, () -> Configuration.read(settings.only(each).withSomeEtcd(), hostName));
            }
        }
        if (errors.isEmpty()) { // Of what contradicts each other; anything else is known.
            Settings.addTo(errors, () -> Configuration.read(settings, hostName));
        }
        return List.copyOf(errors);
    }
}
