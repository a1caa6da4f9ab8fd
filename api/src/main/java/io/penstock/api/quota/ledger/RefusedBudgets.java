package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.settlement.BudgetUse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Budgets that have refused requests, to be told to whoever follows settlements: each at most once
 * a second, since what is refused may come by the thousand. Only for the ledger's thread.
 */
final class RefusedBudgets {
  private static final long INTERVAL = Duration.ofSeconds(1).toNanos();
  private static final int MOST = 10_000;

  private final Map<Key, Long> told = new HashMap<>();
  private final List<BudgetUse> untold = new ArrayList<>();

  private record Key(UUID scopeId, String model, LimitKind kind) {}

  void add(BudgetUse use, long now) {
    Key key = new Key(use.scopeId(), use.model(), use.kind());
    Long last = told.get(key);
    if (last == null || now - last >= INTERVAL) {
      if (told.size() >= MOST) {
        told.clear();
      }
      told.put(key, now);
      untold.add(use);
    }
  }

  /** Those that are to be told now. */
  List<BudgetUse> take() {
    List<BudgetUse> taken = List.copyOf(untold);
    untold.clear();
    return taken;
  }
}
