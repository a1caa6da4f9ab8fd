package io.penstock.api.gateway.settlement;

import java.time.Instant;
import java.util.List;

/**
 * What one transaction settles.
 *
 * @param at the time at which all of it is booked, by the database's clock
 * @param settlements none when there are only budgets
 * @param budgets those that changed or refused
 */
public record SettlementBatch(Instant at, List<Settlement> settlements, List<BudgetUse> budgets) {}
