package io.penstock.api.platform.database;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Plain JDBC connections, for the few threads of ours that each own one. Everything else goes
 * through R2DBC's pool.
 */
@Component
public final class JdbcConnections {
  /**
   * Statements of these threads find rows by key, a batch at a time; plans must not depend on what
   * statistics say of tables that were empty a moment ago, and one plan does for all batches.
   */
  private static final String BY_KEY =
      "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off"
          + " -c plan_cache_mode=force_generic_plan";

  private final Environment environment;

  /**
   * @param embedded only so that it outlives whoever has a connection
   */
  JdbcConnections(Environment environment, ObjectProvider<EmbeddedDatabase> embedded) {
    this.environment = environment;
    embedded.ifAvailable(EmbeddedDatabase::await);
  }

  /**
   * Opens a connection that notices within seconds when the server has gone.
   *
   * @param name shown in {@code pg_stat_activity}
   */
  public Connection open(String name) throws SQLException {
    return open(name, BY_KEY);
  }

  /**
   * The same, with commits that others see at once and that are on disk a moment later: a crash of
   * the database may take the last of them back, so whoever uses it must know how to do without.
   */
  public Connection openWithAsynchronousCommit(String name) throws SQLException {
    return open(name, BY_KEY + " -c synchronous_commit=off");
  }

  private Connection open(String name, String options) throws SQLException {
    Properties properties = new Properties();
    set(properties, "user", "spring.r2dbc.username", "spring.flyway.user");
    set(properties, "password", "spring.r2dbc.password", "spring.flyway.password");
    properties.setProperty("ApplicationName", "penstock " + name);
    properties.setProperty("options", options);
    properties.setProperty("connectTimeout", "3");
    properties.setProperty("loginTimeout", "5");
    properties.setProperty("socketTimeout", "10");
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("prepareThreshold", "1");
    return DriverManager.getConnection(
        environment.getRequiredProperty("spring.flyway.url"), properties);
  }

  private void set(Properties properties, String name, String... keys) {
    for (String key : keys) {
      String value = environment.getProperty(key);
      if (value != null) {
        properties.setProperty(name, value);
        return;
      }
    }
  }
}
