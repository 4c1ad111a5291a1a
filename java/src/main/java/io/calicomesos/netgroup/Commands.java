package io.calicomesos.netgroup;

/** Commands on the builtin enforcer's table, a line each, as nft reads them. */
final class Commands {
    private final StringBuilder text = new StringBuilder();

    /** Lines as they are. */
    void text(String lines) {
        text.append(lines);
    }

    /**
     * A command.
     *
     * @param verb what to do, to what kind of thing
     * @param rest its name, and what else there is
     */
    void line(String verb, String rest) {
        text.append(verb).append(' ').append(Ruleset.TABLE).append(' ').append(rest).append('\n');
    }

    /**
     * Adds or deletes elements.
     *
     * @param verb {@code add} or {@code delete}
     * @param set of which set or map
     * @param elements separated by commas
     */
    void element(String verb, String set, String elements) {
        line(verb + " element", set + " { " + elements + " }");
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
