package io.penstock.api.platform.database;

import java.util.Map;
import org.springframework.r2dbc.core.DatabaseClient.GenericExecuteSpec;

/** Values for a statement, some of which may be null. */
public final class Bindings {
  private Bindings() {}

  /** Binds a value, or null of a type. */
  public static <T> GenericExecuteSpec bind(
      GenericExecuteSpec statement, String name, T value, Class<T> type) {
    return value == null ? statement.bindNull(name, type) : statement.bind(name, value);
  }

  /** Binds values, none of which is null. */
  public static GenericExecuteSpec bind(GenericExecuteSpec statement, Map<String, ?> values) {
    GenericExecuteSpec bound = statement;
    for (Map.Entry<String, ?> value : values.entrySet()) {
      bound = bound.bind(value.getKey(), value.getValue());
    }
    return bound;
  }
}
