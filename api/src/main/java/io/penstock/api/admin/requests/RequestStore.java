package io.penstock.api.admin.requests;

import io.penstock.api.platform.database.SelectQuery;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Requests that ended, as they were booked. */
@Component
class RequestStore {
  private static final String ROWS =
      """
      select u.id, u.request_id, u.created_at, u.settled_at, u.tenant_id, t.name as tenant,
        u.project_id, p.name as project, u.api_key_id, k.name as key, u.model, u.endpoint,
        u.streamed, u.service_tier, u.finish_reason, u.error_code, u.choices, u.prompt_tokens,
        u.cached_tokens, u.completion_tokens, u.queued_us, u.first_token_us, u.total_us,
        u.compute_us, u.kv_kib_seconds, u.cost_micros, u.price_version
      from (
        select * from usage_records r where {where} order by r.id desc limit :limit
      ) as u
      join tenants t on t.id = u.tenant_id
      left join api_keys k on k.id = u.api_key_id
      left join projects p on p.id = u.project_id
      order by u.id desc
      """;

  /** Requests get their numbers in the order in which they are booked. */
  private static final String SPAN =
      """
      select
        coalesce((select id from usage_records where settled_at >= %s
          order by settled_at, id limit 1) - 1, :before) as after,
        least(:before, coalesce((select id from usage_records where settled_at < :end
          order by settled_at desc, id desc limit 1) + 1, 0)) as before
      """;

  /**
   * Days tell since when there are requests of a model or a tier, or that there are none but in the
   * hours that are not added up yet; so what never was is not looked for in all requests.
   */
  private static final String SINCE =
      """
      (select coalesce(min(d.day), (select until from usage_days_closed)) - interval '10 minutes'
       from usage_by_day_and_group d where d.grouped_by = '%1$s' and d.id = :%1$s)
      """;

  private static final Duration CLOCKS = Duration.ofMinutes(10);

  private static final String PRICES =
      """
      select version, valid_from, prompt, cached, completion, compute_second,
        max_compute_us_per_token
      from prices where model = :model and version = :version
      """;

  private final DatabaseClient database;

  RequestStore(DatabaseClient database) {
    this.database = database;
  }

  /**
   * A request that ended. Times from its submission, in milliseconds; money in micro-units of the
   * currency.
   *
   * @param at when it was received
   * @param settledAt when it was booked
   * @param status stop, length, cancelled, error or rejected
   * @param errorCode what the client was told, or null
   * @param firstTokenMs null when there was none
   */
  record Request(
      String id,
      Instant at,
      Instant settledAt,
      UUID tenantId,
      String tenant,
      UUID projectId,
      String project,
      UUID keyId,
      String key,
      String model,
      String endpoint,
      boolean streamed,
      String tier,
      String status,
      String errorCode,
      int choices,
      int promptTokens,
      int cachedTokens,
      int completionTokens,
      double queuedMs,
      Double firstTokenMs,
      double totalMs,
      double computeMs,
      double kvGibSeconds,
      long costMicros,
      int priceVersion) {}

  /** A row and its place in the order. */
  record Row(long number, Request request) {}

  /**
   * Prices of a version, in micro-units of the currency for a million tokens.
   *
   * @param computeSecond for a second of the device
   */
  record Prices(
      int version,
      Instant validFrom,
      long prompt,
      long cached,
      long completion,
      long computeSecond,
      long maxComputeUsPerToken) {}

  /**
   * Newest first, of ids between two.
   *
   * @param tenantId whose; null for all
   * @param span exclusive at both ends
   */
  Flux<Row> page(UUID tenantId, RequestFilter filter, Span span, int limit) {
    return new SelectQuery(ROWS)
        .and("r.tenant_id = :tenantId", "tenantId", tenantId)
        .and(
            "r.tenant_id = (select id from tenants where name = :tenant or id::text = :tenant)",
            "tenant",
            filter.tenant())
        .and("r.api_key_id = :key", "key", filter.key())
        .and("r.project_id = :project", "project", filter.project())
        .and("r.model = :model", "model", filter.model())
        .and("r.service_tier = :tier", "tier", filter.tier())
        .and("r.finish_reason = :status", "status", filter.status())
        .and("r.settled_at >= :start", "start", filter.start())
        .and("r.settled_at < :end", "end", filter.end())
        .and("r.first_token_us >= 1000 * :slow", "slow", filter.minFirstTokenMs())
        .and("r.id > :after", "after", span.after())
        .and("r.id < :before", "before", span.before())
        .bind("limit", limit)
        .on(database)
        .map(RequestStore::row)
        .all();
  }

  /** Numbers of requests, exclusive at both ends. */
  record Span(long after, long before) {}

  /** Where the requests of a time are; a little wider, as servers' clocks differ. */
  Mono<Span> span(RequestFilter filter) {
    StringBuilder start = new StringBuilder("greatest(cast(:start as timestamptz)");
    if (filter.model() != null) {
      start.append(", ").append(SINCE.formatted("model"));
    }
    if (filter.tier() != null) {
      start.append(", ").append(SINCE.formatted("tier"));
    }
    SelectQuery select =
        new SelectQuery(SPAN.formatted(start.append(')')))
            .bind("start", filter.start() == null ? Instant.EPOCH : filter.start().minus(CLOCKS))
            .bind("end", (filter.end() == null ? Instant.now() : filter.end()).plus(CLOCKS))
            .bind("before", filter.before() == null ? Long.MAX_VALUE : filter.before());
    if (filter.model() != null) {
      select.bind("model", filter.model());
    }
    if (filter.tier() != null) {
      select.bind("tier", filter.tier());
    }
    return select
        .on(database)
        .map(row -> new Span(row.get("after", Long.class), row.get("before", Long.class)))
        .one();
  }

  /** When the request with a number was booked, or the last one before it. */
  Mono<Instant> bookedAt(long number) {
    return database
        .sql("select settled_at from usage_records where id <= :number order by id desc limit 1")
        .bind("number", number)
        .map(row -> row.get("settled_at", Instant.class))
        .one();
  }

  /**
   * @param tenantId whose it must be; null for anybody's
   */
  Mono<Request> find(String requestId, UUID tenantId) {
    return new SelectQuery(ROWS)
        .and("r.request_id = :request", "request", requestId)
        .and("r.tenant_id = :tenantId", "tenantId", tenantId)
        .bind("limit", 1)
        .on(database)
        .map(RequestStore::row)
        .one()
        .map(Row::request);
  }

  /** Empty when the model had none. */
  Mono<Prices> prices(String model, int version) {
    return database
        .sql(PRICES)
        .bind("model", model)
        .bind("version", version)
        .map(
            row ->
                new Prices(
                    row.get("version", Integer.class),
                    row.get("valid_from", Instant.class),
                    row.get("prompt", Long.class),
                    row.get("cached", Long.class),
                    row.get("completion", Long.class),
                    row.get("compute_second", Long.class),
                    row.get("max_compute_us_per_token", Long.class)))
        .one();
  }

  private static Row row(Readable row) {
    Long firstToken = row.get("first_token_us", Long.class);
    return new Row(
        row.get("id", Long.class),
        new Request(
            row.get("request_id", String.class),
            row.get("created_at", Instant.class),
            row.get("settled_at", Instant.class),
            row.get("tenant_id", UUID.class),
            row.get("tenant", String.class),
            row.get("project_id", UUID.class),
            row.get("project", String.class),
            row.get("api_key_id", UUID.class),
            row.get("key", String.class),
            row.get("model", String.class),
            row.get("endpoint", String.class),
            row.get("streamed", Boolean.class),
            row.get("service_tier", String.class),
            row.get("finish_reason", String.class),
            row.get("error_code", String.class),
            row.get("choices", Integer.class),
            row.get("prompt_tokens", Integer.class),
            row.get("cached_tokens", Integer.class),
            row.get("completion_tokens", Integer.class),
            row.get("queued_us", Long.class) / 1e3,
            firstToken == null ? null : firstToken / 1e3,
            row.get("total_us", Long.class) / 1e3,
            row.get("compute_us", Long.class) / 1e3,
            row.get("kv_kib_seconds", Long.class) / 1048576.0,
            row.get("cost_micros", Long.class),
            row.get("price_version", Integer.class)));
  }
}
