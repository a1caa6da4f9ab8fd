package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.settlement.Settlement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What was booked already of requests whose holds are gone. */
final class LateBookings {
  private static final String BOOKED =
      """
      select request_id, at_checkpoint, prompt_tokens, cached_tokens, completion_tokens,
        compute_us, cost_micros
      from usage_records where request_id = any (?)
      """;

  /** The rest of a request is booked once, too. */
  private static final String ONCE =
      """
      insert into ledger_keys (kind, request_id) select 'late', unnest(?::text[])
      on conflict do nothing returning request_id
      """;

  private final Map<String, Booked> booked = new HashMap<>();
  private final Set<String> first = new HashSet<>();

  private LateBookings() {}

  /** A usage row. */
  record Booked(
      boolean atCheckpoint,
      int promptTokens,
      int cachedTokens,
      int completionTokens,
      long computeUs,
      long costMicros) {}

  static LateBookings read(Connection connection, List<Ended> late) throws SQLException {
    LateBookings found = new LateBookings();
    try (PreparedStatement statement = connection.prepareStatement(BOOKED)) {
      bind(statement, late.stream().map(ended -> ended.hold().requestId()).toList());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.booked.put(
              rows.getString(1),
              new Booked(
                  rows.getBoolean(2),
                  rows.getInt(3),
                  rows.getInt(4),
                  rows.getInt(5),
                  rows.getLong(6),
                  rows.getLong(7)));
        }
      }
    }
    List<String> atCheckpoint =
        found.booked.entrySet().stream()
            .filter(entry -> entry.getValue().atCheckpoint())
            .map(Map.Entry::getKey)
            .toList();
    if (!atCheckpoint.isEmpty()) {
      try (PreparedStatement statement = connection.prepareStatement(ONCE)) {
        bind(statement, atCheckpoint);
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            found.first.add(rows.getString(1));
          }
        }
      }
    }
    return found;
  }

  private static void bind(PreparedStatement statement, List<String> ids) throws SQLException {
    statement.setArray(
        1, statement.getConnection().createArrayOf("text", ids.toArray(String[]::new)));
  }

  /** Whether something was booked of it. */
  boolean isBooked(Ended ended) {
    return booked.containsKey(ended.hold().requestId());
  }

  /** What is still to be booked; null when nothing is. */
  Settlement rest(Ended ended) {
    Booked before = booked.get(ended.hold().requestId());
    if (before == null) {
      return Bookings.of(ended);
    }
    return first.contains(ended.hold().requestId()) ? Bookings.rest(ended, before) : null;
  }
}
