package io.penstock.api.quota.inuse;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.gateway.limits.LimitSetting;
import io.penstock.api.gateway.limits.LimitSettings;
import io.penstock.api.quota.inuse.LimitsInUse.OfPlan;
import io.penstock.api.quota.window.Counter;
import io.penstock.api.quota.window.Moment;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The limit of each of some organizations that is reached next: a few queries for all of them. */
@Component
class NextLimits {
  private static final String ORGANIZATIONS =
      """
      select t.id, t.time_zone, t.plan, p.max_output_tokens_per_minute as output,
        coalesce(a.balance, 0) as balance
      from tenants t join plans p on p.name = t.plan
      left join accounts a on a.tenant_id = t.id and a.kind = 'balance'
      where t.id = any(:ids)
      """;

  private static final String OWN_LIMITS =
      "select * from limits where scope = 'organization' and scope_id = any(:ids)";

  /** Full ones first, then who is reached soonest, then the fullest. */
  private static final Comparator<LimitInUse> ORDER =
      Comparator.comparing((LimitInUse l) -> fullness(l) < 1)
          .thenComparing(l -> l.reachedAt() == null ? Instant.MAX : l.reachedAt())
          .thenComparing(NextLimits::fullness, Comparator.reverseOrder());

  private final DatabaseClient database;
  private final LimitSettings settings;
  private final CounterReader counters;

  NextLimits(DatabaseClient database, LimitSettings settings, CounterReader counters) {
    this.database = database;
    this.settings = settings;
    this.counters = counters;
  }

  private record Organization(UUID id, ZoneId zone, OfPlan plan) {}

  /** Of an organization. */
  record Next(UUID tenantId, LimitInUse limit) {}

  /** One for each of them of which something is limited and used. */
  Mono<List<Next>> of(List<UUID> ids) {
    return Mono.zip(organizations(ids), own(ids), counters.ofOrganizations(ids))
        .flatMap(
            all ->
                Flux.fromIterable(all.getT1())
                    .map(o -> o.plan().name())
                    .distinct()
                    .concatMap(
                        plan ->
                            settings
                                .of(LimitScope.PLAN, plan)
                                .collectList()
                                .map(limits -> Map.entry(plan, limits)))
                    .collectMap(Map.Entry::getKey, Map.Entry::getValue)
                    .map(
                        ofPlans ->
                            all.getT1().stream()
                                .flatMap(
                                    o ->
                                        next(
                                            o,
                                            ofPlans.get(o.plan().name()),
                                            all.getT2().getOrDefault(o.id(), List.of()),
                                            all.getT3().getOrDefault(o.id(), Map.of()))
                                            .stream())
                                .toList()));
  }

  private static Optional<Next> next(
      Organization of,
      List<LimitSetting> ofPlan,
      List<LimitSetting> own,
      Map<String, Counter> counters) {
    LimitScope scope = LimitScope.ORGANIZATION;
    counters.values().forEach(counter -> counter.balance(of.plan().balance()));
    return LimitsInUse.inUse(
            scope,
            LimitsInUse.effective(scope, of.plan(), ofPlan, own),
            counters,
            of.plan().balance(),
            Moment.of(Instant.now(), of.zone()))
        .stream()
        .filter(limit -> fullness(limit) > 0)
        .min(ORDER)
        .map(limit -> new Next(of.id(), limit));
  }

  private static double fullness(LimitInUse limit) {
    if (limit.window().equals("request")) {
      return 0;
    }
    return limit.value() == 0 ? 1 : (double) (limit.used() + limit.held()) / limit.value();
  }

  private Mono<List<Organization>> organizations(List<UUID> ids) {
    return database
        .sql(ORGANIZATIONS)
        .bind("ids", ids.toArray(UUID[]::new))
        .map(
            row ->
                new Organization(
                    row.get("id", UUID.class),
                    ZoneId.of(row.get("time_zone", String.class)),
                    new OfPlan(
                        row.get("plan", String.class),
                        row.get("output", Long.class),
                        row.get("balance", Long.class))))
        .all()
        .collectList();
  }

  private Mono<Map<UUID, List<LimitSetting>>> own(List<UUID> ids) {
    return database
        .sql(OWN_LIMITS)
        .bind("ids", ids.stream().map(UUID::toString).toArray(String[]::new))
        .map(
            row ->
                new LimitSetting(
                    LimitScope.ORGANIZATION,
                    row.get("scope_id", String.class),
                    row.get("model", String.class),
                    LimitKind.byText(row.get("kind", String.class)).orElseThrow(),
                    row.get("value", Long.class),
                    row.get("partial", Boolean.class)))
        .all()
        .collect(Collectors.groupingBy(limit -> UUID.fromString(limit.scopeId())));
  }
}
