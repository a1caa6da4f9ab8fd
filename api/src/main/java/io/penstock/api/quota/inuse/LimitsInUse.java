package io.penstock.api.quota.inuse;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.gateway.limits.LimitSetting;
import io.penstock.api.gateway.limits.LimitSettings;
import io.penstock.api.quota.window.Counter;
import io.penstock.api.quota.window.Moment;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Reads limits and counters as admissions see them, without locking anything: those that count for
 * requests of an organization, of one of its projects, or of one of its keys.
 */
@Component
class LimitsInUse {
  private static final String PLAN =
      """
      select t.plan, p.max_output_tokens_per_minute as output, coalesce(a.balance, 0) as balance
      from tenants t join plans p on p.name = t.plan
      left join accounts a on a.tenant_id = t.id and a.kind = 'balance'
      where t.id = :tenant
      """;

  private final DatabaseClient database;
  private final LimitSettings settings;
  private final CounterReader counters;

  LimitsInUse(DatabaseClient database, LimitSettings settings, CounterReader counters) {
    this.database = database;
    this.settings = settings;
    this.counters = counters;
  }

  record OfPlan(String name, Long outputPerMinute, long balance) {}

  private record Slot(String model, LimitKind kind) {}

  /**
   * @param projectId null for the organization's limits only
   * @param keyId null for the project's and the organization's limits only
   * @param zone whose days and months count
   */
  Mono<List<LimitInUse>> of(UUID tenantId, UUID projectId, UUID keyId, ZoneId zone) {
    return database
        .sql(PLAN)
        .bind("tenant", tenantId)
        .map(
            row ->
                new OfPlan(
                    row.get("plan", String.class),
                    row.get("output", Long.class),
                    row.get("balance", Long.class)))
        .one()
        .flatMapMany(
            plan ->
                Flux.concat(
                    on(LimitScope.ORGANIZATION, tenantId, plan, zone),
                    on(LimitScope.PROJECT, projectId, plan, zone),
                    on(LimitScope.KEY, keyId, plan, zone)))
        .collectList();
  }

  private Flux<LimitInUse> on(LimitScope scope, UUID id, OfPlan plan, ZoneId zone) {
    if (id == null) {
      return Flux.empty();
    }
    return Mono.zip(
            settings.of(scope.planDefault(), plan.name()).collectList(),
            settings.of(scope, id.toString()).collectList(),
            counters.of(scope, id, plan.balance()))
        .flatMapIterable(
            all ->
                inUse(
                    scope,
                    effective(scope, plan, all.getT1(), all.getT2()),
                    all.getT3(),
                    plan.balance(),
                    Moment.of(Instant.now(), zone)));
  }

  static List<LimitInUse> inUse(
      LimitScope scope,
      List<LimitSetting> limits,
      Map<String, Counter> counters,
      long balance,
      Moment now) {
    List<LimitInUse> found = new ArrayList<>();
    for (LimitSetting limit : limits) {
      Counter counter = counters.get(limit.model());
      if (counter == null) {
        counter = new Counter(0); // nothing was counted yet
        counter.balance(balance);
      }
      counter.advance(now);
      found.add(LimitInUse.of(limit, scope, counter, now));
    }
    return found;
  }

  /** What is set on the scope itself takes the plan's place. */
  static List<LimitSetting> effective(
      LimitScope scope, OfPlan plan, List<LimitSetting> ofPlan, List<LimitSetting> own) {
    Map<Slot, LimitSetting> slots = new LinkedHashMap<>();
    if (scope == LimitScope.ORGANIZATION && plan.outputPerMinute() != null) {
      LimitKind kind = LimitKind.OUTPUT_TOKENS_PER_MINUTE;
      slots.put(
          new Slot("", kind),
          new LimitSetting(LimitScope.PLAN, plan.name(), "", kind, plan.outputPerMinute(), true));
    }
    for (List<LimitSetting> source : List.of(ofPlan, own)) {
      source.forEach(limit -> slots.put(new Slot(limit.model(), limit.kind()), limit));
    }
    return slots.values().stream()
        .sorted(Comparator.comparing(LimitSetting::kind).thenComparing(LimitSetting::model))
        .toList();
  }
}
