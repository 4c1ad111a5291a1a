package io.calicomesos.cli;

import java.time.Duration;
import java.time.Instant;

/** How long ago something was, for people: of days, hours, minutes and seconds the two largest. */
final class Age {
    private Age() {}

    /**
     * Of something that began.
     *
     * @param instant when, as in 2026-11-24T15:54:14Z; null if that is not known
     * @return as in {@code 2h 3m}; nothing if it is not known
     */
    static String since(String instant) {
        return instant == null ? "" : of(Duration.between(Instant.parse(instant), Instant.now()));
    }

    static String ofMs(long ms) {
        return of(Duration.ofMillis(ms));
    }

    static String of(Duration age) {
        Duration past = age.isNegative() ? Duration.ZERO : age; // The clock was put back.
        if (past.toDays() > 0) {
            return past.toDays() + "d " + past.toHoursPart() + "h";
        }
        if (past.toHours() > 0) {
            return past.toHours() + "h " + past.toMinutesPart() + "m";
        }
        return past.toMinutes() > 0 ? past.toMinutes() + "m " + past.toSecondsPart() + "s" : past.toSeconds() + "s";
    }
}
