package io.calicomesos.config;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeSet;

/** docs/configuration.md, made of what {@link Parameter} and {@link Field} say; Markdown. */
public final class ConfigurationReference {
    private static final String HEAD = """
            # Configuration

            <!-- Printed by ConfigurationReference. Change Parameter.java or Field.java, then:
            java -cp java/target/dist/calico-mesos.jar io.calicomesos.config.ConfigurationReference >docs/configuration.md -->

            A parameter of the module stands in `modules.json`, as `{"key": "…", "value": "…"}`, or, under the same key, in the JSON file that
            the parameter `config` names, where objects, numbers and `true` need no quotation marks. A parameter wins over the file.

                {"etcd_endpoints": "http://10.0.0.1:2379,http://10.0.0.2:2379",
                 "networks": {"web": {"netgroups": ["prod"]}}}

            An unknown key is refused by name. `calico-mesos config check FILE` lists all that is refused, the agent stops at the first.
            Changes count from the agent's next start on, for containers that are launched then.

            """;

    private static final String VALUES = """
            ## Values

            A duration is a number and `ms`, `secs`, `mins` or `hrs`. What is not as it should be is refused with the parameter, its value and:

            | value | refused with |
            |---|---|
            """;

    private final StringBuilder page = new StringBuilder(HEAD);

    private ConfigurationReference() {}

    /**
     * Prints it.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {
        System.out.print(print());
    }

    static String print() {
        ConfigurationReference reference = new ConfigurationReference();
        reference.parameters("In modules.json and in the file", false);
        reference.parameters("In modules.json alone", true);
        Arrays.stream(Field.Of.values()).forEach(reference::fields);
        reference.values();
        return reference.page.toString();
    }

    private void parameters(String heading, boolean early) {
        page.append("## ").append(heading).append("\n\n| key | value | default | meaning |\n|---|---|---|---|\n");
        for (Parameter each : Parameter.values()) {
            if (each.isEarly() == early) {
                row("`" + each.key() + "`", each.shape().words(), each.otherwise().words(), each.meaning());
            }
        }
        page.append('\n');
    }

    private void fields(Field.Of of) {
        page.append("## ").append(of.heading()).append("\n\n").append(of.by().isEmpty() ? "One object" : "Objects " + of.by())
                .append(": ").append(of.example()).append("\n\n| field | value | default | meaning |\n|---|---|---|---|\n");
        for (Field each : Field.values()) {
            if (each.of() == of) {
                row("`" + each.key() + "`", each.shape(), each.otherwise(), each.meaning());
            }
        }
        page.append('\n');
    }

    private void values() {
        page.append(VALUES);
        Map<Shape, TreeSet<String>> keys = new EnumMap<>(Shape.class);
        for (Parameter each : Parameter.values()) {
            keys.computeIfAbsent(each.shape(), shape -> new TreeSet<>()).add("`" + each.key() + "`");
        }
        keys.forEach((shape, of) -> row(String.join(", ", of), shape.allowed()));
    }

    private void row(String... cells) {
        page.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
}
