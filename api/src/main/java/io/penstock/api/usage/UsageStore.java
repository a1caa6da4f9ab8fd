package io.penstock.api.usage;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** The usage table. */
@Component
class UsageStore {
  /** One statement for a batch; a row that is already there, after a retry, stays as it is. */
  private static final String INSERT =
      """
      insert into usage_records
        (request_id, tenant_id, api_key_id, model, endpoint, streamed, choices, prompt_tokens,
         cached_tokens, completion_tokens, finish_reason, queued_us, first_token_us, total_us,
         service_tier, compute_us, kv_kib_seconds, error_code, created_at)
      select * from jsonb_to_recordset(cast(:rows as jsonb)) as r
        (request_id text, tenant_id uuid, api_key_id uuid, model text, endpoint text,
         streamed boolean, choices int, prompt_tokens int, cached_tokens int,
         completion_tokens int, finish_reason text, queued_us bigint, first_token_us bigint,
         total_us bigint, service_tier text, compute_us bigint, kv_kib_seconds bigint,
         error_code text, created_at timestamptz)
      on conflict (request_id) do nothing
      """;

  private static final String PAGE =
      """
      select u.*, t.name as tenant from usage_records u join tenants t on t.id = u.tenant_id
      where u.id < :before and (:tenant = '' or t.name = :tenant)
      order by u.id desc limit :limit
      """;

  private final DatabaseClient database;
  private final JsonMapper json;

  UsageStore(DatabaseClient database, JsonMapper json) {
    this.database = database;
    this.json = json;
  }

  Mono<Void> insert(List<UsageRecord> rows) {
    return database.sql(INSERT).bind("rows", json.writeValueAsString(rows)).then();
  }

  /** Newest first, those older than row {@code before}. */
  Flux<Listed> page(String tenant, long before, int limit) {
    return database
        .sql(PAGE)
        .bind("before", before)
        .bind("tenant", tenant)
        .bind("limit", limit)
        .map(
            row ->
                new Listed(
                    row.get("id", Long.class),
                    row.get("tenant", String.class),
                    new UsageRecord(
                        row.get("request_id", String.class),
                        row.get("tenant_id", UUID.class),
                        row.get("api_key_id", UUID.class),
                        row.get("model", String.class),
                        row.get("endpoint", String.class),
                        row.get("streamed", Boolean.class),
                        row.get("choices", Integer.class),
                        row.get("prompt_tokens", Integer.class),
                        row.get("cached_tokens", Integer.class),
                        row.get("completion_tokens", Integer.class),
                        row.get("finish_reason", String.class),
                        row.get("queued_us", Long.class),
                        row.get("first_token_us", Long.class),
                        row.get("total_us", Long.class),
                        row.get("service_tier", String.class),
                        row.get("compute_us", Long.class),
                        row.get("kv_kib_seconds", Long.class),
                        row.get("error_code", String.class),
                        row.get("created_at", Instant.class))))
        .all();
  }

  /**
   * @param tenant the tenant's name
   */
  record Listed(
      long id, String tenant, @com.fasterxml.jackson.annotation.JsonUnwrapped UsageRecord usage) {}
}
