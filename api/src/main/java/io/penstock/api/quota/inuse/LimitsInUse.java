package io.penstock.api.quota.inuse;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.gateway.limits.LimitSetting;
import io.penstock.api.gateway.limits.LimitSettings;
import io.penstock.api.quota.window.Amounts;
import io.penstock.api.quota.window.CalendarUse;
import io.penstock.api.quota.window.Counter;
import io.penstock.api.quota.window.Moment;
import io.penstock.api.quota.window.SlidingMinute;
import io.r2dbc.spi.Readable;
import java.nio.ByteBuffer;
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
import reactor.core.publisher.Mono;

/** Reads an organization's limits and counters as admissions see them, without locking anything. */
@Component
class LimitsInUse {
  private static final String COUNTERS =
      """
      select c.*, coalesce(a.balance, 0) as balance
      from counters c
      left join accounts a on a.tenant_id = c.scope_id and a.kind = 'balance'
      where c.scope = 'organization' and c.scope_id = :tenant
      """;

  private static final String PLAN =
      """
      select t.plan, p.max_output_tokens_per_minute as output, coalesce(a.balance, 0) as balance
      from tenants t join plans p on p.name = t.plan
      left join accounts a on a.tenant_id = t.id and a.kind = 'balance'
      where t.id = :tenant
      """;

  private final DatabaseClient database;
  private final LimitSettings settings;

  LimitsInUse(DatabaseClient database, LimitSettings settings) {
    this.database = database;
    this.settings = settings;
  }

  private record OfPlan(String name, Long outputPerMinute, long balance) {}

  private record Slot(String model, LimitKind kind) {}

  private record Set(LimitSetting limit, LimitScope on) {}

  Mono<List<LimitInUse>> of(UUID tenantId, ZoneId zone) {
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
        .flatMap(
            plan ->
                Mono.zip(
                    settings.of(LimitScope.PLAN, plan.name()).collectList(),
                    settings.of(LimitScope.ORGANIZATION, tenantId.toString()).collectList(),
                    counters(tenantId),
                    Mono.just(plan)))
        .map(
            all -> {
              Moment now = Moment.of(Instant.now(), zone);
              return inUse(effective(all.getT4(), all.getT1(), all.getT2()), all, now);
            });
  }

  private static List<LimitInUse> inUse(
      List<Set> limits,
      reactor.util.function.Tuple4<
              List<LimitSetting>, List<LimitSetting>, Map<String, Counter>, OfPlan>
          all,
      Moment now) {
    List<LimitInUse> found = new ArrayList<>();
    for (Set set : limits) {
      Counter counter = all.getT3().get(set.limit.model());
      if (counter == null) {
        counter = new Counter(0); // nothing was counted yet
        counter.balance(all.getT4().balance());
      }
      counter.advance(now);
      found.add(LimitInUse.of(set.limit, set.on, counter, now));
    }
    return found;
  }

  /** What the organization set takes the plan's place. */
  private static List<Set> effective(
      OfPlan plan, List<LimitSetting> ofPlan, List<LimitSetting> own) {
    Map<Slot, Set> slots = new LinkedHashMap<>();
    if (plan.outputPerMinute() != null) {
      LimitSetting output =
          new LimitSetting(
              LimitScope.PLAN,
              plan.name(),
              "",
              LimitKind.OUTPUT_TOKENS_PER_MINUTE,
              plan.outputPerMinute(),
              true);
      slots.put(new Slot("", output.kind()), new Set(output, LimitScope.PLAN));
    }
    ofPlan.forEach(l -> slots.put(new Slot(l.model(), l.kind()), new Set(l, LimitScope.PLAN)));
    own.forEach(l -> slots.put(new Slot(l.model(), l.kind()), new Set(l, LimitScope.ORGANIZATION)));
    return slots.values().stream()
        .sorted(Comparator.comparing((Set s) -> s.limit.kind()).thenComparing(s -> s.limit.model()))
        .toList();
  }

  /** By model; that of all models together under the empty name. */
  private Mono<Map<String, Counter>> counters(UUID tenantId) {
    return database
        .sql(COUNTERS)
        .bind("tenant", tenantId)
        .map(row -> Map.entry(row.get("model", String.class), counter(row)))
        .all()
        .collectMap(Map.Entry::getKey, Map.Entry::getValue);
  }

  private static Counter counter(Readable row) {
    Counter counter =
        new Counter(
            row.get("id", Long.class),
            row.get("running", Integer.class),
            new Amounts(
                row.get("held_tokens", Long.class),
                row.get("held_output", Long.class),
                row.get("held_money", Long.class)),
            use(row, "day"),
            use(row, "month"),
            minute(row, "minute_requests"),
            minute(row, "minute_tokens"),
            minute(row, "minute_output"));
    counter.balance(row.get("balance", Long.class));
    return counter;
  }

  private static CalendarUse use(Readable row, String window) {
    return new CalendarUse(
        row.get(window, Long.class),
        row.get(window + "_requests", Long.class),
        row.get(window + "_tokens", Long.class),
        row.get(window + "_money", Long.class));
  }

  private static SlidingMinute minute(Readable row, String column) {
    ByteBuffer buffer = row.get(column, ByteBuffer.class);
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return SlidingMinute.of(bytes);
  }
}
