package io.penstock.api.quota.ledger;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Who this server is among those that share the database. It gets a new name with each start, and
 * when the others have taken it for dead.
 */
@Component
final class Replica {
  private volatile UUID id = UUID.randomUUID();

  UUID id() {
    return id;
  }

  /**
   * It was declared dead: goes on as another.
   *
   * @param dead as whom
   * @return false when it has done so already
   */
  synchronized boolean renew(UUID dead) {
    if (!id.equals(dead)) {
      return false;
    }
    id = UUID.randomUUID();
    return true;
  }

  /** Makes itself known, unless it is; see {@link Recall} for what else that takes. */
  void register(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "insert into replicas (id, name) values (?, ?) on conflict do nothing")) {
      statement.setObject(1, id);
      statement.setString(2, name());
      statement.executeUpdate();
    }
  }

  /**
   * Says that it lives.
   *
   * @return false when it was declared dead
   */
  boolean beat(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "update replicas set beat = beat + 1, beat_at = clock_timestamp() where id = ? and fenced_at is null")) {
      statement.setObject(1, id);
      return statement.executeUpdate() == 1;
    }
  }

  /** Leaves for good; whatever it should still hold is settled by the others at once. */
  void leave(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "update replicas set fenced_at = clock_timestamp() where id = ?")) {
      statement.setObject(1, id);
      statement.executeUpdate();
    }
  }

  private static String name() {
    try {
      return InetAddress.getLocalHost().getHostName() + ":" + ProcessHandle.current().pid();
    } catch (UnknownHostException _) {
      return "pid " + ProcessHandle.current().pid();
    }
  }
}
