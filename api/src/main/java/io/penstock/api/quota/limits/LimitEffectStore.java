package io.penstock.api.quota.limits;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.platform.database.SelectQuery;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** What was used lately, by day of the organization's calendar or by hour. */
@Component
class LimitEffectStore {
  private static final String DAYS =
      """
      select day, sum(requests)::bigint as requests,
        sum(prompt_tokens + completion_tokens)::bigint as tokens,
        sum(completion_tokens)::bigint as output, sum(amount_micros)::bigint as money
      from usage_daily where tenant_id = :tenant and day >= :from and day <= :to and {where}
      group by day order by day
      """;

  /** An hour counts for the day that it begins on. */
  private static final String HOURS =
      """
      select (hour at time zone :zone)::date as day, sum(requests)::bigint as requests,
        sum(prompt_tokens + completion_tokens)::bigint as tokens,
        sum(completion_tokens)::bigint as output, sum(amount_micros)::bigint as money
      from usage_hourly
      where tenant_id = :tenant and hour >= :from::timestamp at time zone :zone
        and hour < (:to::date + 1)::timestamp at time zone :zone and {where}
      group by %s order by 1
      """;

  private final DatabaseClient database;

  LimitEffectStore(DatabaseClient database) {
    this.database = database;
  }

  /**
   * @param scope organization, project or key
   * @param id of the project or key; the organization's otherwise
   * @param model empty for all together
   */
  Mono<List<LimitEffect.Use>> uses(
      UUID tenantId,
      LimitScope scope,
      UUID id,
      String model,
      LimitKind kind,
      ZoneId zone,
      LocalDate today) {
    LocalDate first = today.minusDays(LimitEffect.DAYS - 1L);
    boolean minutes = LimitEffect.isByMinute(kind);
    // Days are not kept by key.
    boolean hours = minutes || scope == LimitScope.KEY;
    SelectQuery select =
        new SelectQuery(hours ? HOURS.formatted(minutes ? "hour" : "1") : DAYS)
            .and("project_id = :project", "project", scope == LimitScope.PROJECT ? id : null)
            .and("api_key_id = :key", "key", scope == LimitScope.KEY ? id : null)
            .and("model = :model", "model", model.isEmpty() ? null : model)
            .bind("tenant", tenantId)
            .bind("from", minutes ? first : first.withDayOfMonth(1))
            .bind("to", today);
    if (hours) {
      select.bind("zone", zone.getId());
    }
    return select
        .on(database)
        .map(
            row ->
                new LimitEffect.Use(
                    row.get("day", LocalDate.class),
                    row.get("requests", Long.class),
                    row.get("tokens", Long.class),
                    row.get("output", Long.class),
                    row.get("money", Long.class)))
        .all()
        .collectList();
  }
}
