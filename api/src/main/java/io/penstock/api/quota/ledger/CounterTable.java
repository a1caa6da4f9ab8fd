package io.penstock.api.quota.ledger;

import io.penstock.api.quota.window.Amounts;
import io.penstock.api.quota.window.CalendarUse;
import io.penstock.api.quota.window.Counter;
import io.penstock.api.quota.window.SlidingMinute;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** The rows of {@code counters}. */
final class CounterTable {
  /**
   * Rows are locked in the order of their ids, by everybody, so that no two wait for each other.
   */
  static final String LOCK =
      """
      select id, running, held_tokens, held_output, held_money,
        day, day_requests, day_tokens, day_money,
        month, month_requests, month_tokens, month_money,
        minute_requests, minute_tokens, minute_output, xmin::text::bigint
      from counters where id = any (?) order by id for update
      """;

  /** Returns by what the new states are known. */
  static final String UPDATE = "select put_counters(?, ?)";

  /** Parameters of {@link #UPDATE}. */
  static final int UPDATE_PARAMETERS = 2;

  private CounterTable() {}

  /** The current row of {@link #LOCK}. */
  static Counter read(ResultSet row) throws SQLException {
    Counter counter =
        new Counter(
            row.getLong(1),
            row.getInt(2),
            new Amounts(row.getLong(3), row.getLong(4), row.getLong(5)),
            new CalendarUse(row.getLong(6), row.getLong(7), row.getLong(8), row.getLong(9)),
            new CalendarUse(row.getLong(10), row.getLong(11), row.getLong(12), row.getLong(13)),
            SlidingMinute.of(row.getBytes(14)),
            SlidingMinute.of(row.getBytes(15)),
            SlidingMinute.of(row.getBytes(16)));
    counter.state(row.getLong(17));
    return counter;
  }

  static void bindUpdate(PreparedStatement statement, int first, List<Counter> counters)
      throws SQLException {
    long[][] numbers = new long[counters.size()][];
    byte[][] minutes = new byte[3 * counters.size()][];
    for (int i = 0; i < counters.size(); i++) {
      Counter c = counters.get(i);
      numbers[i] =
          new long[] {
            c.id(),
            c.state(),
            c.running(),
            c.held().tokens(),
            c.held().output(),
            c.held().money(),
            c.day().start(),
            c.day().requests(),
            c.day().tokens(),
            c.day().money(),
            c.month().start(),
            c.month().requests(),
            c.month().tokens(),
            c.month().money()
          };
      minutes[3 * i] = c.requests().bytes();
      minutes[3 * i + 1] = c.tokens().bytes();
      minutes[3 * i + 2] = c.output().bytes();
    }
    statement.setArray(first, statement.getConnection().createArrayOf("int8", numbers));
    statement.setArray(first + 1, statement.getConnection().createArrayOf("bytea", minutes));
  }
}
