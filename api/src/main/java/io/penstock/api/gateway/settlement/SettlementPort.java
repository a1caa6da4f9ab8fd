package io.penstock.api.gateway.settlement;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * Writes what follows from settlements (ledger entries, usage, rollups, alerts) in the very
 * transaction that settles them, so that there is either all of it or nothing. Ports are called in
 * their {@code @Order}, for up to some hundred settlements at a time: one statement for all of
 * them, not one for each. First for what is settled, then, when it is counted, for the budgets that
 * this changes; by several threads, each with a transaction of its own.
 *
 * <p>After a failure the batch comes again, also when it was committed and only the answer was
 * lost; then without the settlements that are booked.
 */
public interface SettlementPort {
  /** Whether it would write anything. */
  boolean concerns(SettlementBatch batch);

  /**
   * @param transaction open and not in auto-commit mode; neither to be committed nor closed
   */
  void settle(Connection transaction, SettlementBatch batch) throws SQLException;
}
