package io.calicomesos.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Rows below each other, each column as wide as its widest value; an empty value is a dash. */
final class Table {
    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();

    /** @param header what the columns are called */
    Table(String... header) {
        rows.add(List.of(header));
    }

    /** @param values one for each column; null for none */
    Table row(Object... values) {
        rows.add(Stream.of(values).map(Table::text).toList());
        return this;
    }

    /** Whatever stands in the datastore, a row is a line. */
    private static String text(Object value) {
        String text = value == null ? "" : value.toString().replaceAll("\\p{Cntrl}", "?");
        return text.isEmpty() ? "-" : text;
    }

    void print(PrintWriter out) {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                line.append(row.get(i)).append(i == columns - 1 ? "" : " ".repeat(widths[i] - row.get(i).length()) + GAP);
            }
            out.println(line);
        }
    }
}
