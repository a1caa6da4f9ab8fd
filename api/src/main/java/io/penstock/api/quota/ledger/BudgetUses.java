package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.settlement.BudgetUse;
import io.penstock.api.platform.Caller;
import io.penstock.api.quota.admission.Bound;
import io.penstock.api.quota.window.Counter;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** How settlements of one transaction change budgets of days and months, each budget once. */
final class BudgetUses {
  private final Map<Key, BudgetUse> uses = new LinkedHashMap<>();

  private record Key(long counter, LimitKind kind) {}

  /**
   * To be called when the counters are at the moment of the settlement and before they book it.
   *
   * @param counters of the hold, in its order
   */
  void before(Ended ended, Counter[] counters) {
    for (Bound bound : ended.bounds()) {
      if (isBudget(bound.kind())) {
        Counter counter = counters[bound.counter()];
        long used = used(bound.kind(), counter);
        uses.computeIfAbsent(
            new Key(counter.id(), bound.kind()), _ -> use(ended, bound, counter, used, used));
      }
    }
  }

  /** To be called when they have booked it. */
  void after(Ended ended, Counter[] counters) {
    for (Bound bound : ended.bounds()) {
      if (isBudget(bound.kind())) {
        Counter counter = counters[bound.counter()];
        uses.computeIfPresent(
            new Key(counter.id(), bound.kind()),
            (_, use) -> use(ended, bound, counter, use.before(), used(bound.kind(), counter)));
      }
    }
  }

  List<BudgetUse> list() {
    return List.copyOf(uses.values());
  }

  private static BudgetUse use(Ended ended, Bound bound, Counter counter, long before, long after) {
    HoldRecord hold = ended.hold();
    UUID id =
        switch (bound.scope()) {
          case ORGANIZATION -> hold.tenantId();
          case PROJECT -> hold.projectId();
          default -> hold.keyId();
        };
    return use(hold.tenantId(), id, bound, counter, before, after, false);
  }

  /** That a budget has refused a request; null when the bound is none of a day or month. */
  static BudgetUse refused(Caller.Tenant caller, Bound bound, Counter counter) {
    if (!isBudget(bound.kind())) {
      return null;
    }
    UUID id =
        switch (bound.scope()) {
          case ORGANIZATION -> caller.tenantId();
          case PROJECT -> caller.projectId();
          default -> caller.keyId();
        };
    long used = used(bound.kind(), counter);
    return use(caller.tenantId(), id, bound, counter, used, used, true);
  }

  private static BudgetUse use(
      UUID tenant,
      UUID id,
      Bound bound,
      Counter counter,
      long before,
      long after,
      boolean refused) {
    return new BudgetUse(
        tenant,
        bound.scope(),
        id,
        bound.model(),
        bound.kind(),
        LocalDate.ofEpochDay(
            isOfDay(bound.kind()) ? counter.day().start() : counter.month().start()),
        bound.value(),
        before,
        after,
        refused);
  }

  private static boolean isBudget(LimitKind kind) {
    return switch (kind) {
      case TOKENS_PER_DAY, TOKENS_PER_MONTH, SPEND_PER_DAY, SPEND_PER_MONTH -> true;
      default -> false;
    };
  }

  private static boolean isOfDay(LimitKind kind) {
    return kind == LimitKind.TOKENS_PER_DAY || kind == LimitKind.SPEND_PER_DAY;
  }

  private static long used(LimitKind kind, Counter counter) {
    return switch (kind) {
      case TOKENS_PER_DAY -> counter.day().tokens();
      case TOKENS_PER_MONTH -> counter.month().tokens();
      case SPEND_PER_DAY -> counter.day().money();
      default -> counter.month().money();
    };
  }
}
