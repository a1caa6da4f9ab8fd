package io.penstock.api.platform.database;

import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.r2dbc.core.DatabaseClient;

/**
 * A select whose conditions depend on what was asked for; values are bound, never written into it.
 */
public final class SelectQuery {
  private static final String HERE = "{where}";

  private final String sql;
  private final StringBuilder conditions = new StringBuilder("true");
  private final Map<String, Object> values = new LinkedHashMap<>();

  /**
   * @param sql with {@code {where}} where the conditions belong
   */
  public SelectQuery(String sql) {
    this.sql = sql;
  }

  /**
   * Adds a condition, unless the value is null.
   *
   * @param condition names the value as {@code :name}
   */
  public SelectQuery and(String condition, String name, Object value) {
    if (value != null) {
      conditions.append(" and ").append(condition);
      values.put(name, value);
    }
    return this;
  }

  /** Adds a condition without a value. */
  public SelectQuery and(boolean when, String condition) {
    if (when) {
      conditions.append(" and ").append(condition);
    }
    return this;
  }

  /** A value that stands elsewhere in the statement. */
  public SelectQuery bind(String name, Object value) {
    values.put(name, value);
    return this;
  }

  public DatabaseClient.GenericExecuteSpec on(DatabaseClient database) {
    DatabaseClient.GenericExecuteSpec statement =
        database.sql(sql.replace(HERE, conditions.toString()));
    for (Map.Entry<String, Object> value : values.entrySet()) {
      statement = statement.bind(value.getKey(), value.getValue());
    }
    return statement;
  }
}
