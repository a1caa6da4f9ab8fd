package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.settlement.SettlementPort;
import io.penstock.api.platform.database.JdbcConnections;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Shows the others that this server lives, watches them, and settles the requests of those that do
 * not. On a connection and a thread of its own: a long batch must not look like death.
 */
@Component
final class ReplicaKeeper implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaKeeper.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final int BEAT_EVERY = 2;

  private static final String OTHERS =
      "select id, beat from replicas where fenced_at is null and id <> ?";

  private static final String REMEMBERED =
      "select exists (select from remembered_replicas where id = ?)";

  /** Only if it has not beaten since; waits for the transaction that it may be in. */
  private static final String FENCE =
      """
      update replicas set fenced_at = clock_timestamp()
      where id = ? and beat = ? and fenced_at is null
      """;

  private static final String FORGET =
      """
      delete from replicas r where fenced_at < clock_timestamp() - interval '1 day'
        and not exists (select from holds h where h.replica_id = r.id)
      """;

  private final JdbcConnections connections;
  private final Replica replica;
  private final LedgerThread ledger;
  private final Reaper reaper;
  private final ReplicaWatch watch = new ReplicaWatch();
  private Connection connection;
  private long ticks;
  private volatile Thread thread;

  ReplicaKeeper(
      JdbcConnections connections,
      Replica replica,
      LedgerThread ledger,
      List<SettlementPort> ports) {
    this.connections = connections;
    this.ledger = ledger;
    this.replica = replica;
    this.reaper = new Reaper(ports);
  }

  @Override
  public void start() {
    Thread keeper = Thread.ofPlatform().name("replica-keeper").daemon().unstarted(this::run);
    thread = keeper; // before it runs, which it does as long as this is set
    keeper.start();
  }

  private void run() {
    try {
      while (thread != null) {
        try {
          tick();
        } catch (SQLException | RuntimeException e) {
          LOG.debug("other servers not watched", e);
          watch.forget();
          close();
        } catch (FencedException _) {
          LOG.debug("fenced; the ledger's thread takes another name");
        }
        Thread.sleep(INTERVAL);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    close();
  }

  private void tick() throws SQLException, FencedException {
    if (connection == null) {
      connection = connections.open("keeper");
    }
    if (ticks++ % BEAT_EVERY == 0) {
      replica.beat(connection);
    }
    if (!isRemembered()) {
      ledger.recall(); // also when it has nothing to do, as the others wait for it
    }
    Map<UUID, Long> beats = beats();
    for (UUID dead : watch.observe(beats, System.nanoTime())) {
      fence(dead, beats.get(dead));
    }
    reaper.run(connection, replica.id());
    if (ticks % 3600 == 1) {
      try (PreparedStatement statement = connection.prepareStatement(FORGET)) {
        statement.executeUpdate();
      }
    }
  }

  private boolean isRemembered() throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(REMEMBERED)) {
      statement.setObject(1, replica.id());
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getBoolean(1);
      }
    }
  }

  private Map<UUID, Long> beats() throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(OTHERS)) {
      statement.setObject(1, replica.id());
      try (ResultSet rows = statement.executeQuery()) {
        Map<UUID, Long> beats = new HashMap<>();
        while (rows.next()) {
          beats.put(rows.getObject(1, UUID.class), rows.getLong(2));
        }
        return beats;
      }
    }
  }

  private void fence(UUID dead, long beat) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(FENCE)) {
      statement.setObject(1, dead);
      statement.setLong(2, beat);
      if (statement.executeUpdate() == 1) {
        LOG.warn(
            "Server {} has not been heard of for {}; it is taken for dead",
            dead,
            ReplicaWatch.SILENCE);
      }
    }
  }

  private void close() {
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        LOG.debug("connection not closed", e);
      }
      connection = null;
    }
  }

  @Override
  public void stop() {
    Thread keeper = thread;
    thread = null;
    if (keeper != null) {
      keeper.interrupt();
      try {
        keeper.join(Duration.ofSeconds(2));
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public boolean isRunning() {
    return thread != null;
  }

  /** Starts after the ledger's thread, which makes the replica known, and stops before it. */
  @Override
  public int getPhase() {
    return 501;
  }
}
