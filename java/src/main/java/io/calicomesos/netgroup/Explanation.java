package io.calicomesos.netgroup;

/** Whether one address reaches another, and why. {@code toString()} is one line for an operator. */
public sealed interface Explanation {
    /**
     * Why, in words: the group, profile or rule that decides.
     *
     * @return one line
     */
    String because();

    /** @param because as above */
    record Allowed(String because) implements Explanation {
        @Override
        public String toString() {
            return "allowed: " + because;
        }
    }

    /** @param because as above */
    record Denied(String because) implements Explanation {
        @Override
        public String toString() {
            return "denied: " + because;
        }
    }

    /**
     * Something decides that is not looked at.
     *
     * @param because what it is
     */
    record Undecided(String because) implements Explanation {
        @Override
        public String toString() {
            return "undecided: " + because;
        }
    }
}
