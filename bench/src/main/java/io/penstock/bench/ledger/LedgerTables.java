package io.penstock.bench.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the database says of limits, holds and the ledger. For one thread at a time. */
final class LedgerTables implements AutoCloseable {
  /** Kinds of limits that count something of every request. */
  static final List<String> KINDS =
      List.of(
          "requests_per_minute",
          "requests_per_day",
          "tokens_per_minute",
          "tokens_per_day",
          "tokens_per_month",
          "spend_per_day",
          "spend_per_month",
          "concurrent_requests");

  private final Postgres postgres;
  private Connection connection;

  LedgerTables(Postgres postgres) throws SQLException {
    this.postgres = postgres;
    this.connection = postgres.connect();
  }

  /** After PostgreSQL was stopped. */
  void reconnect() throws SQLException {
    connection = postgres.connect();
  }

  /** Another connection, for another thread. */
  LedgerTables another() throws SQLException {
    return new LedgerTables(postgres);
  }

  /** Clears away what ended requests have left, as PostgreSQL does by itself within a minute. */
  void vacuum() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("vacuum (analyze)");
    }
  }

  /** Sets a limit on a key, organization or project, for all models. */
  void limit(String scope, String id, String kind, long value) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "insert into limits (scope, scope_id, kind, value) values (?, ?, ?, ?)")) {
      insert.setString(1, scope);
      insert.setString(2, id);
      insert.setString(3, kind);
      insert.setLong(4, value);
      insert.executeUpdate();
    }
  }

  /** The project of a key. */
  String project(String keyId) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("select project_id from api_keys where id = cast(? as uuid)")) {
      query.setString(1, keyId);
      try (ResultSet rows = query.executeQuery()) {
        rows.next();
        return rows.getString(1);
      }
    }
  }

  /** Tokens of this day that a key has used, and those that its running requests hold. */
  long usedAndHeld(String keyId) throws SQLException {
    return number(
        "select coalesce(sum(day_tokens + held_tokens), 0) from counters where scope = 'key' and model = '' and scope_id = '"
            + keyId
            + "'");
  }

  /** Tokens of a key in the ledger. */
  long booked(String keyId) throws SQLException {
    return number(
        "select coalesce(sum(prompt_tokens + completion_tokens), 0) from ledger_entries where key_id = '"
            + keyId
            + "'");
  }

  /** Usage rows of a key. */
  long rows(String keyId) throws SQLException {
    return number("select count(*) from usage_records where api_key_id = '" + keyId + "'");
  }

  /** Requests that hold something. */
  long holds() throws SQLException {
    return number("select count(*) from holds");
  }

  /** Completion tokens of a key's usage rows. */
  long completionTokens(String keyId) throws SQLException {
    return number(
        "select coalesce(sum(completion_tokens), 0) from usage_records where api_key_id = '"
            + keyId
            + "'");
  }

  /** Completion tokens of a key's requests, by their ids. */
  Map<String, Integer> completionsByRequest(String keyId) throws SQLException {
    Map<String, Integer> tokens = new HashMap<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            "select request_id, completion_tokens from usage_records where api_key_id = cast(? as uuid)")) {
      query.setString(1, keyId);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          tokens.put(rows.getString(1), rows.getInt(2));
        }
      }
    }
    return tokens;
  }

  /** Usage rows whose tokens are not those of their ledger entries, or that have none. */
  long rowsUnlikeEntries(String keyId) throws SQLException {
    return number(
        """
        select count(*) from (
          select request_id, prompt_tokens, completion_tokens from usage_records
          where api_key_id = '%1$s'
        ) u full join (
          select request_id, sum(prompt_tokens) as prompt, sum(completion_tokens) as completion
          from ledger_entries where key_id = '%1$s' group by request_id
        ) e using (request_id)
        where u.prompt_tokens is distinct from e.prompt
           or u.completion_tokens is distinct from e.completion
        """
            .formatted(keyId));
  }

  /** Accounts that are not the sum of their entries, and counters that are not of their holds. */
  long imbalances() throws SQLException {
    return number(
        "select (select count(*) from ledger_imbalance) + (select count(*) from hold_imbalance)");
  }

  /** The difference between the sums that are kept and the usage rows, all columns together. */
  long rollupDifference() throws SQLException {
    return number(
        """
        select coalesce(abs(u.requests - h.requests) + abs(u.prompt - h.prompt)
          + abs(u.completion - h.completion) + abs(u.cost - h.cost)
          + abs(u.requests - d.requests) + abs(u.completion - d.completion), 0)
        from
          (select count(*) as requests, coalesce(sum(prompt_tokens), 0) as prompt,
             coalesce(sum(completion_tokens), 0) as completion,
             coalesce(sum(cost_micros), 0) as cost from usage_records) u,
          (select coalesce(sum(requests), 0) as requests, coalesce(sum(prompt_tokens), 0) as prompt,
             coalesce(sum(completion_tokens), 0) as completion,
             coalesce(sum(amount_micros), 0) as cost from usage_hourly) h,
          (select coalesce(sum(requests), 0) as requests,
             coalesce(sum(completion_tokens), 0) as completion from usage_daily) d
        """);
  }

  private long number(String sql) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(sql);
        ResultSet rows = query.executeQuery()) {
      rows.next();
      return rows.getLong(1);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException _) {
      // the server may have gone before
    }
  }
}
