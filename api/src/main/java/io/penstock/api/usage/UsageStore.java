package io.penstock.api.usage;

import java.time.Instant;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;

/** The usage table. */
@Component
class UsageStore {
  private static final String PAGE =
      """
      select u.*, t.name as tenant from usage_records u join tenants t on t.id = u.tenant_id
      where u.id < :before and (:tenant = '' or t.name = :tenant)
      order by u.id desc limit :limit
      """;

  private final DatabaseClient database;

  UsageStore(DatabaseClient database) {
    this.database = database;
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
                        row.get("project_id", UUID.class),
                        row.get("price_version", Integer.class),
                        row.get("cost_micros", Long.class),
                        row.get("created_at", Instant.class))))
        .all();
  }

  /**
   * @param tenant the tenant's name
   */
  record Listed(
      long id, String tenant, @com.fasterxml.jackson.annotation.JsonUnwrapped UsageRecord usage) {}
}
