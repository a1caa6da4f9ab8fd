package io.penstock.api.quota.ledger;

import io.penstock.api.platform.database.Columns;
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
        minute_requests, minute_tokens, minute_output
      from counters where id = any (?) order by id for update
      """;

  static final String UPDATE =
      """
      update counters c set
        running = n.running, held_tokens = n.held_tokens, held_output = n.held_output,
        held_money = n.held_money,
        day = n.day, day_requests = n.day_requests, day_tokens = n.day_tokens,
        day_money = n.day_money,
        month = n.month, month_requests = n.month_requests, month_tokens = n.month_tokens,
        month_money = n.month_money,
        minute_requests = n.minute_requests, minute_tokens = n.minute_tokens,
        minute_output = n.minute_output
      from unnest(?::bigint[], ?::integer[], ?::bigint[], ?::bigint[], ?::bigint[],
        ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[],
        ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[],
        ?::bytea[], ?::bytea[], ?::bytea[]) as n
        (id, running, held_tokens, held_output, held_money,
         day, day_requests, day_tokens, day_money,
         month, month_requests, month_tokens, month_money,
         minute_requests, minute_tokens, minute_output)
      where c.id = n.id
      """;

  /** Parameters of {@link #UPDATE}. */
  static final int UPDATE_PARAMETERS = 16;

  private CounterTable() {}

  /** The current row of {@link #LOCK}. */
  static Counter read(ResultSet row) throws SQLException {
    return new Counter(
        row.getLong(1),
        row.getInt(2),
        new Amounts(row.getLong(3), row.getLong(4), row.getLong(5)),
        new CalendarUse(row.getLong(6), row.getLong(7), row.getLong(8), row.getLong(9)),
        new CalendarUse(row.getLong(10), row.getLong(11), row.getLong(12), row.getLong(13)),
        SlidingMinute.of(row.getBytes(14)),
        SlidingMinute.of(row.getBytes(15)),
        SlidingMinute.of(row.getBytes(16)));
  }

  static void bindUpdate(PreparedStatement statement, int first, List<Counter> counters)
      throws SQLException {
    new Columns<>(statement, counters, first)
        .longs(Counter::id)
        .ints(Counter::running)
        .longs(c -> c.held().tokens())
        .longs(c -> c.held().output())
        .longs(c -> c.held().money())
        .longs(c -> c.day().start())
        .longs(c -> c.day().requests())
        .longs(c -> c.day().tokens())
        .longs(c -> c.day().money())
        .longs(c -> c.month().start())
        .longs(c -> c.month().requests())
        .longs(c -> c.month().tokens())
        .longs(c -> c.month().money())
        .bytes(c -> c.requests().bytes())
        .bytes(c -> c.tokens().bytes())
        .bytes(c -> c.output().bytes());
  }
}
