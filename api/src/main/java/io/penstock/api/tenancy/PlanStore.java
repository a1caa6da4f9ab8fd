package io.penstock.api.tenancy;

import io.penstock.api.platform.Plan;
import io.penstock.api.platform.ServiceTiers;
import io.penstock.engine.core.ServiceTier;
import io.r2dbc.spi.Readable;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The table of plans. */
@Component
class PlanStore {
  /** Of {@code plans p}, under names that do not clash with those of keys and tenants. */
  static final String COLUMNS =
      """
      p.name as plan_name, p.tiers, p.auto_tier, p.weight, p.cache_group, p.max_queued_requests,
      p.max_queued_tokens, p.max_output_tokens_per_minute
      """;

  private final DatabaseClient database;

  PlanStore(DatabaseClient database) {
    this.database = database;
  }

  /** Empty when there is one of that name already. */
  Mono<Plan> insert(Plan plan) {
    return write(
        """
        insert into plans as p (name, tiers, auto_tier, weight, cache_group, max_queued_requests,
                                max_queued_tokens, max_output_tokens_per_minute)
        values (:name, :tiers, :autoTier, :weight, :cacheGroup, :maxQueuedRequests,
                :maxQueuedTokens, :maxOutputTokensPerMinute)
        on conflict (name) do nothing returning
        """,
        plan);
  }

  /** Changes all of it but its name; empty when there is none of that name. */
  Mono<Plan> update(Plan plan) {
    return write(
        """
        update plans p set tiers = :tiers, auto_tier = :autoTier, weight = :weight,
          cache_group = :cacheGroup, max_queued_requests = :maxQueuedRequests,
          max_queued_tokens = :maxQueuedTokens,
          max_output_tokens_per_minute = :maxOutputTokensPerMinute
        where name = :name returning
        """,
        plan);
  }

  private Mono<Plan> write(String sql, Plan plan) {
    var statement =
        database
            .sql(sql + COLUMNS)
            .bind("name", plan.name())
            .bind("tiers", plan.tiers().stream().map(ServiceTiers::name).toArray(String[]::new))
            .bind("autoTier", ServiceTiers.name(plan.autoTier()))
            .bind("weight", plan.weight());
    statement =
        plan.cacheGroup() == null
            ? statement.bindNull("cacheGroup", String.class)
            : statement.bind("cacheGroup", plan.cacheGroup());
    statement =
        plan.maxQueuedRequests() == 0
            ? statement.bindNull("maxQueuedRequests", Integer.class)
            : statement.bind("maxQueuedRequests", plan.maxQueuedRequests());
    statement = bound(statement, "maxQueuedTokens", plan.maxQueuedTokens());
    statement = bound(statement, "maxOutputTokensPerMinute", plan.maxOutputTokensPerMinute());
    return statement.map(PlanStore::plan).one();
  }

  private static DatabaseClient.GenericExecuteSpec bound(
      DatabaseClient.GenericExecuteSpec statement, String name, long value) {
    return value == 0 ? statement.bindNull(name, Long.class) : statement.bind(name, value);
  }

  Mono<Plan> find(String name) {
    return database
        .sql("select " + COLUMNS + " from plans p where p.name = :name")
        .bind("name", name)
        .map(PlanStore::plan)
        .one();
  }

  /** By name, those after {@code after}. */
  Flux<Plan> page(String after, int limit) {
    return database
        .sql("select " + COLUMNS + " from plans p where p.name > :after order by 1 limit :limit")
        .bind("after", after)
        .bind("limit", limit)
        .map(PlanStore::plan)
        .all();
  }

  /** From a row with {@link #COLUMNS}; null when there was no plan to join. */
  static Plan plan(Readable row) {
    String name = row.get("plan_name", String.class);
    return name == null
        ? null
        : new Plan(
            name,
            tiers(row.get("tiers", String[].class)),
            tier(row.get("auto_tier", String.class)),
            row.get("weight", Double.class),
            row.get("cache_group", String.class),
            (int) orZero(row.get("max_queued_requests", Integer.class)),
            orZero(row.get("max_queued_tokens", Long.class)),
            orZero(row.get("max_output_tokens_per_minute", Long.class)));
  }

  private static Set<ServiceTier> tiers(String[] names) {
    EnumSet<ServiceTier> tiers = EnumSet.noneOf(ServiceTier.class);
    Arrays.stream(names).map(PlanStore::tier).forEach(tiers::add);
    return tiers;
  }

  private static ServiceTier tier(String name) {
    return ServiceTiers.byName(name).orElseThrow();
  }

  private static long orZero(Number value) {
    return value == null ? 0 : value.longValue();
  }
}
