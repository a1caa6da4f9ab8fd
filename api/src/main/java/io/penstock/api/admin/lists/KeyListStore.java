package io.penstock.api.admin.lists;

import io.penstock.api.platform.database.SelectQuery;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Keys of projects, and what they cost this month. */
@Component
class KeyListStore {
  private static final String STATUS =
      """
      case when k.revoked_at is not null then 'revoked'
        when k.expires_at <= now() then 'expired' else 'active' end
      """;

  private static final String ROWS =
      """
      select k.*, k.allowed_cidrs::text[] as cidrs, t.name as tenant, p.name as project,
        %s as status,
        s.name as account, o.email as creator,
        ((select coalesce(sum(d.amount_micros), 0) from usage_by_day d
            where d.tenant_id = k.tenant_id and d.day >= date_trunc('month', now(), 'UTC')
              and d.api_key_id = k.id)
          + (select coalesce(sum(h.amount_micros), 0) from usage_hourly h
            where h.tenant_id = k.tenant_id and h.api_key_id = k.id
              and h.hour >= greatest(date_trunc('month', now(), 'UTC'),
                (select until from usage_days_closed))))::bigint as cost
      from (
        select k.* from api_keys k join tenants t on t.id = k.tenant_id
        where k.project_id is not null and {where}
        order by k.created_at desc, k.id limit :limit offset :offset
      ) as k
      join tenants t on t.id = k.tenant_id
      join projects p on p.id = k.project_id
      left join service_accounts s on s.id = k.service_account_id
      left join people o on o.id = k.created_by
      order by k.created_at desc, k.id
      """
          .formatted(STATUS);

  private static final String COUNT =
      """
      select count(*) as count from api_keys k join tenants t on t.id = k.tenant_id
      where k.project_id is not null and {where}
      """;

  private final DatabaseClient database;

  KeyListStore(DatabaseClient database) {
    this.database = database;
  }

  /** Which keys; null or empty does not matter. */
  record Query(UUID tenantId, String tenant, UUID project, String q, String status) {}

  /**
   * A key without its secret.
   *
   * @param redacted its public part
   * @param owner address of the person, or name of the service account, that has it; null when it
   *     is not known
   * @param costMicros of this month (UTC)
   */
  record Listed(
      UUID id,
      String name,
      String redacted,
      UUID tenantId,
      String tenant,
      UUID projectId,
      String project,
      String owner,
      String status,
      List<String> scopes,
      List<String> allowedModels,
      List<String> deniedModels,
      List<String> allowedCidrs,
      Instant createdAt,
      Instant expiresAt,
      Instant revokedAt,
      Instant lastUsedAt,
      UUID rotatedTo,
      long costMicros) {}

  Flux<Listed> page(Query query, int offset, int limit) {
    return filtered(ROWS, query)
        .bind("offset", offset)
        .bind("limit", limit)
        .on(database)
        .map(
            row -> {
              String account = row.get("account", String.class);
              return new Listed(
                  row.get("id", UUID.class),
                  row.get("name", String.class),
                  "..." + lastFour(row.get("public_id", String.class)),
                  row.get("tenant_id", UUID.class),
                  row.get("tenant", String.class),
                  row.get("project_id", UUID.class),
                  row.get("project", String.class),
                  account == null ? row.get("creator", String.class) : account,
                  row.get("status", String.class),
                  list(row.get("scopes", String[].class)),
                  list(row.get("allowed_models", String[].class)),
                  list(row.get("denied_models", String[].class)),
                  list(row.get("cidrs", String[].class)),
                  row.get("created_at", Instant.class),
                  row.get("expires_at", Instant.class),
                  row.get("revoked_at", Instant.class),
                  row.get("last_used_at", Instant.class),
                  row.get("rotated_to", UUID.class),
                  row.get("cost", Long.class));
            })
        .all();
  }

  Mono<Long> count(Query query) {
    return filtered(COUNT, query).on(database).map(row -> row.get("count", Long.class)).one();
  }

  private static SelectQuery filtered(String sql, Query query) {
    return new SelectQuery(sql)
        .and("k.tenant_id = :tenantId", "tenantId", query.tenantId())
        .and("t.name = :tenant", "tenant", orNull(query.tenant()))
        .and("k.project_id = :project", "project", query.project())
        .and("position(lower(:q) in lower(k.name)) > 0", "q", orNull(query.q()))
        .and(STATUS + " = :status", "status", orNull(query.status()));
  }

  private static String lastFour(String publicId) {
    return publicId.length() <= 4 ? publicId : publicId.substring(publicId.length() - 4);
  }

  private static List<String> list(String[] values) {
    return values == null ? null : List.of(values);
  }

  private static String orNull(String text) {
    return text == null || text.isBlank() ? null : text.strip();
  }
}
