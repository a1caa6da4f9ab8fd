package io.penstock.api.alerts;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.gateway.settlement.BudgetUse;
import io.penstock.api.gateway.settlement.SettlementBatch;
import io.penstock.api.gateway.settlement.SettlementPort;
import io.penstock.api.platform.database.Columns;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/**
 * Puts into the outbox what budgets have reached, in the transaction in which they reach it. The
 * database is asked only when a budget's use passes a whole percent, when it refuses, and once a
 * minute besides; what was told of a window is not told again.
 */
@Component
@Order(20)
final class AlertWriter implements SettlementPort {
  private static final String RAISE =
      """
      insert into outbox (tenant_id, kind, dedup_key, payload)
      select a.tenant_id, 'budget.alert', a.id || ':' || b.window_start,
        jsonb_build_object('alert_id', a.id, 'scope', a.scope, 'scope_id', a.scope_id,
          'model', nullif(a.model, ''), 'kind', a.kind, 'threshold_percent', a.share,
          'limit', b.lim, 'used', b.used, 'refused', b.refused, 'window_start', b.window_start)
      from unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::bigint[],
        ?::boolean[]) as b (scope, scope_id, model, kind, window_start, lim, used, refused)
      join budget_alerts a on a.scope = b.scope and a.scope_id = b.scope_id and a.model = b.model
        and a.kind = b.kind
      where (b.used * 100 >= a.share * b.lim or a.share = 100 and b.refused)
        and not exists (
          select 1 from outbox o where o.dedup_key = a.id || ':' || b.window_start)
      on conflict (dedup_key) do nothing
      """;

  private static final int MOST_REMEMBERED = 10_000;
  private static final long AGAIN_NANOS = 60_000_000_000L;

  /** Budgets of which the database was asked, the last ones. */
  private final Map<Budget, Asked> asked =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Budget, Asked> eldest) {
              return size() > MOST_REMEMBERED;
            }
          });

  private record Budget(LimitScope scope, UUID id, String model, LimitKind kind) {
    static Budget of(BudgetUse use) {
      return new Budget(use.scope(), use.scopeId(), use.model(), use.kind());
    }
  }

  private record Asked(long percent, long nanos) {}

  @Override
  public boolean concerns(SettlementBatch batch) {
    return !passed(batch).isEmpty();
  }

  private List<BudgetUse> passed(SettlementBatch batch) {
    long now = System.nanoTime();
    return batch.budgets().stream().filter(use -> mayHavePassed(use, now)).toList();
  }

  @Override
  public void settle(Connection transaction, SettlementBatch batch) throws SQLException {
    List<BudgetUse> passed = passed(batch);
    long now = System.nanoTime();
    passed.forEach(use -> asked.put(Budget.of(use), new Asked(percent(use), now)));
    try (PreparedStatement statement = transaction.prepareStatement(RAISE)) {
      new Columns<>(statement, passed, 1)
          .texts(use -> use.scope().text())
          .texts(use -> use.scopeId().toString())
          .texts(BudgetUse::model)
          .texts(use -> use.kind().text())
          .texts(use -> use.windowStart().toString())
          .longs(BudgetUse::limit)
          .longs(BudgetUse::after)
          .booleans(BudgetUse::refused);
      statement.executeUpdate();
    }
  }

  /**
   * A transaction that fails after this comes again with the same figures, so what passes a percent
   * in it passes again.
   */
  private boolean mayHavePassed(BudgetUse use, long now) {
    long percent = percent(use);
    if (percent == 0 && !use.refused()) {
      return false;
    }
    Asked last = asked.get(Budget.of(use));
    return use.refused()
        || percent != percent(use.before(), use.limit())
        || last == null
        || percent != last.percent
        || now - last.nanos >= AGAIN_NANOS;
  }

  private static long percent(BudgetUse use) {
    return percent(use.after(), use.limit());
  }

  private static long percent(long used, long limit) {
    return limit == 0 ? 100 : Math.floorDiv(used * 100, limit);
  }
}
