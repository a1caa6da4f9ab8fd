package io.penstock.api.alerts;

import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** At which shares of which budgets tenants want to be told. */
@Component
class AlertStore {
  /** Of a tenant. */
  static final int MOST = 200;

  private static final String INSERT =
      """
      insert into budget_alerts (tenant_id, scope, scope_id, model, kind, share)
      select :tenant, :scope, :scopeId, :model, :kind, :share
      where (select count(*) from budget_alerts where tenant_id = :tenant) < :most
      on conflict (scope, scope_id, model, kind, share)
        do update set share = excluded.share -- the same alert again is the same alert
      returning *
      """;

  private static final String PAGE =
      """
      select * from budget_alerts
      where tenant_id = :tenant and (:project = '' or scope = 'project' and scope_id = :project)
        and (created_at, id) > (
          coalesce((select created_at from budget_alerts where id = :after and tenant_id = :tenant),
            '-infinity'), :after)
      order by created_at, id limit :limit
      """;

  private static final UUID NONE = new UUID(0, 0);

  private final DatabaseClient database;

  AlertStore(DatabaseClient database) {
    this.database = database;
  }

  /** A row of {@code budget_alerts}; the columns are explained in its migration. */
  record Alert(
      UUID id,
      UUID tenantId,
      String scope,
      String scopeId,
      String model,
      String kind,
      int share,
      Instant createdAt) {
    private static Alert of(Readable row) {
      return new Alert(
          row.get("id", UUID.class),
          row.get("tenant_id", UUID.class),
          row.get("scope", String.class),
          row.get("scope_id", String.class),
          row.get("model", String.class),
          row.get("kind", String.class),
          row.get("share", Short.class),
          row.get("created_at", Instant.class));
    }
  }

  /** Empty when the tenant has as many as it may. */
  Mono<Alert> insert(
      UUID tenant, String scope, UUID scopeId, String model, String kind, int share) {
    return database
        .sql(INSERT)
        .bind("tenant", tenant)
        .bind("scope", scope)
        .bind("scopeId", scopeId.toString())
        .bind("model", model)
        .bind("kind", kind)
        .bind("share", (short) share)
        .bind("most", MOST)
        .map(Alert::of)
        .one();
  }

  /**
   * @param project only those of a project itself; null for all of the tenant's
   */
  Flux<Alert> page(UUID tenant, UUID project, UUID after, int limit) {
    return database
        .sql(PAGE)
        .bind("tenant", tenant)
        .bind("project", project == null ? "" : project.toString())
        .bind("after", after == null ? NONE : after)
        .bind("limit", limit)
        .map(Alert::of)
        .all();
  }

  Mono<Alert> find(UUID tenant, UUID id) {
    return database
        .sql("select * from budget_alerts where tenant_id = :tenant and id = :id for update")
        .bind("tenant", tenant)
        .bind("id", id)
        .map(Alert::of)
        .one();
  }

  Mono<Void> delete(UUID id) {
    return database.sql("delete from budget_alerts where id = :id").bind("id", id).then();
  }

  Mono<Boolean> ownsProject(UUID tenant, UUID project) {
    return exists("select 1 from projects where tenant_id = :tenant and id = :id", tenant, project);
  }

  Mono<Boolean> ownsKey(UUID tenant, UUID key) {
    return exists("select 1 from api_keys where tenant_id = :tenant and id = :id", tenant, key);
  }

  private Mono<Boolean> exists(String sql, UUID tenant, UUID id) {
    return database
        .sql(sql)
        .bind("tenant", tenant)
        .bind("id", id)
        .map(_ -> true)
        .one()
        .defaultIfEmpty(false);
  }
}
