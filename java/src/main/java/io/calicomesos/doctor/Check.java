package io.calicomesos.doctor;

import java.util.List;

/** Looks for one kind of trouble. */
public interface Check {
    /** What it looks at, a word or two. */
    String name();

    /**
     * Looks.
     *
     * @return each trouble in a line: what, where, what to do; none if all is well
     */
    List<String> troubles();
}
