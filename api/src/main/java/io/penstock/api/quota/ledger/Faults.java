package io.penstock.api.quota.ledger;

import java.io.IOException;
import java.sql.SQLException;

/** What kind of trouble a database reports. */
final class Faults {
  /** What a database says that cannot be used yet. */
  static final String NOT_YET = "57P03";

  private Faults() {}

  /** Two transactions were in each other's way: the same again is likely to succeed. */
  static boolean isConflict(Exception error) {
    String state = state(error);
    return state.equals("40001") || state.equals("40P01");
  }

  /** A counter is not what it was believed to be; see the function {@code put_counters}. */
  static boolean isUnlikeBelieved(SQLException error) {
    return state(error).equals("PS001");
  }

  /** Some row of the batch is what cannot be computed or is not taken; the rest is not at fault. */
  static boolean isBadData(Exception error) {
    return error instanceof RuntimeException
        || state(error).startsWith("22")
        || state(error).startsWith("23");
  }

  /** The server or the way to it: nothing will succeed until it is back. */
  static boolean isAway(Exception error) {
    String state = state(error);
    return state.startsWith("08")
        || state.startsWith("57P")
        || state.startsWith("53")
        || state.startsWith("58")
        || state.startsWith("28")
        || state.startsWith("25006") // a standby that is not promoted yet
        || error.getCause() instanceof IOException;
  }

  private static String state(Exception error) {
    return error instanceof SQLException sql && sql.getSQLState() != null ? sql.getSQLState() : "";
  }
}
