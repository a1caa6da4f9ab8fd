package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.Outcome;
import io.penstock.api.gateway.settlement.SettlementPort;
import io.penstock.api.quota.price.Price;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Settles requests whose server is dead, at what their last checkpoint knew. */
final class Reaper {
  private static final Logger LOG = LoggerFactory.getLogger(Reaper.class);
  private static final int MOST = 200;

  private final List<SettlementPort> ports;

  Reaper(List<SettlementPort> ports) {
    this.ports = ports;
  }

  /**
   * Settles all that there are.
   *
   * @param replica this server
   */
  void run(Connection connection, UUID replica) throws SQLException, FencedException {
    List<Ended> orphans = read(connection);
    while (!orphans.isEmpty()) {
      LOG.info("Settling {} requests of servers that are gone", orphans.size());
      try {
        settle(connection, replica, orphans);
      } catch (SQLException e) {
        if (!Faults.isBadData(e)) {
          throw e;
        }
        for (Ended orphan : orphans) {
          settleOrRelease(connection, replica, orphan);
        }
      }
      orphans = read(connection);
    }
  }

  private void settleOrRelease(Connection connection, UUID replica, Ended orphan)
      throws SQLException, FencedException {
    try {
      settle(connection, replica, List.of(orphan));
    } catch (SQLException e) {
      if (!Faults.isBadData(e)) {
        throw e;
      }
      LOG.error("The database refuses to book {}: {}", orphan, e.getMessage());
      settle(
          connection,
          replica,
          List.of(new Ended(orphan.hold(), orphan.price(), List.of(), null, Ended.How.RELEASED)));
    }
  }

  private void settle(Connection connection, UUID replica, List<Ended> orphans)
      throws SQLException, FencedException {
    CounterGate gate = new CounterGate(); // knows no counter, so they are read
    new SettlementTransaction(connection, replica, gate, ports).run(orphans, List.of());
  }

  private static List<Ended> read(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(HoldTable.ORPHANS)) {
      statement.setInt(1, MOST);
      try (ResultSet rows = statement.executeQuery()) {
        List<Ended> orphans = new ArrayList<>();
        while (rows.next()) {
          HoldRecord hold = HoldTable.read(rows);
          Price price =
              hold.priceVersion() == 0
                  ? Price.FREE
                  : RuleStatements.price(rows, hold.model(), hold.priceVersion());
          orphans.add(
              new Ended(
                  hold,
                  price,
                  List.of(),
                  outcome(hold, rows.getInt("checkpoint_tokens")),
                  Ended.How.RECOVERED));
        }
        return orphans;
      }
    }
  }

  private static Outcome outcome(HoldRecord hold, int tokens) {
    Duration ran = Duration.between(hold.admittedAt(), Instant.now());
    return new Outcome(
        Outcome.Ending.ERROR,
        tokens == 0 ? 0 : hold.promptTokens(),
        0,
        tokens,
        0,
        0,
        Math.max(0, ran.toNanos()),
        0,
        0,
        "server_lost");
  }
}
