package io.penstock.api.platform.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/**
 * Binds rows to a statement column by column, as arrays for {@code unnest}, so that one statement
 * does for a batch what it would do for a row. Columns are bound in the order of the calls.
 *
 * @param <T> a row
 */
public final class Columns<T> {
  private final Connection connection;
  private final PreparedStatement statement;
  private final List<T> rows;
  private int index;

  /**
   * @param first index of the first array among the statement's parameters, from 1
   */
  public Columns(PreparedStatement statement, List<T> rows, int first) throws SQLException {
    this.connection = statement.getConnection();
    this.statement = statement;
    this.rows = rows;
    this.index = first;
  }

  /** A column of {@code text}. */
  public Columns<T> texts(Function<T, String> value) throws SQLException {
    return objects("text", value, new String[rows.size()]);
  }

  /** A column of {@code uuid}. */
  public Columns<T> uuids(Function<T, UUID> value) throws SQLException {
    return objects("uuid", value, new UUID[rows.size()]);
  }

  /** A column of {@code bytea}. */
  public Columns<T> bytes(Function<T, byte[]> value) throws SQLException {
    return objects("bytea", value, new byte[rows.size()][]);
  }

  /** A column of {@code boolean}. */
  public Columns<T> booleans(Function<T, Boolean> value) throws SQLException {
    return objects("boolean", value, new Boolean[rows.size()]);
  }

  /** A column of {@code bigint} that may have nulls. */
  public Columns<T> nullableLongs(Function<T, Long> value) throws SQLException {
    return objects("bigint", value, new Long[rows.size()]);
  }

  /** A column of {@code bigint}. */
  public Columns<T> longs(ToLongFunction<T> value) throws SQLException {
    return objects("bigint", value::applyAsLong, new Long[rows.size()]);
  }

  /** A column of {@code integer}. */
  public Columns<T> ints(ToIntFunction<T> value) throws SQLException {
    return objects("integer", value::applyAsInt, new Integer[rows.size()]);
  }

  /** A column of {@code bigint}: microseconds since 1970, for {@link #timestamp} to read. */
  public Columns<T> times(Function<T, Instant> value) throws SQLException {
    return longs(row -> micros(value.apply(row)));
  }

  /** SQL that makes a {@code timestamptz} of such a column. */
  public static String timestamp(String column) {
    return "timestamptz 'epoch' + " + column + " * interval '1 microsecond'";
  }

  /** Microseconds since 1970, which is as exact as PostgreSQL's times are. */
  public static long micros(Instant time) {
    return Math.multiplyExact(time.getEpochSecond(), 1_000_000L) + time.getNano() / 1000;
  }

  /** The instant of such a number. */
  public static Instant instant(long micros) {
    return Instant.ofEpochSecond(
        Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000L);
  }

  private <V> Columns<T> objects(String type, Function<T, V> value, V[] values)
      throws SQLException {
    for (int i = 0; i < values.length; i++) {
      values[i] = value.apply(rows.get(i));
    }
    statement.setArray(index++, connection.createArrayOf(type, values));
    return this;
  }
}
