package io.penstock.api.tenancy;

import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The table of tenants. */
@Component
class TenantStore {
  private final DatabaseClient database;

  TenantStore(DatabaseClient database) {
    this.database = database;
  }

  /**
   * A tenant.
   *
   * @param plan name of the plan that it is on
   */
  record Tenant(UUID id, String name, String plan, Instant createdAt) {}

  /** With its default project; empty when there is one of that name already. */
  Mono<Tenant> insert(String name) {
    return database
        .sql(
            """
            with made as (
              insert into tenants (name) values (:name) on conflict (name) do nothing returning *
            ), its_project as (
              insert into projects (tenant_id, name, is_default)
              select id, 'default', true from made
            )
            select * from made
            """)
        .bind("name", name)
        .map(TenantStore::tenant)
        .one();
  }

  Mono<Tenant> find(UUID id) {
    return database
        .sql("select * from tenants where id = :id")
        .bind("id", id)
        .map(TenantStore::tenant)
        .one();
  }

  Mono<Tenant> findByName(String name) {
    return database
        .sql("select * from tenants where name = :name")
        .bind("name", name)
        .map(TenantStore::tenant)
        .one();
  }

  /** By name, those after {@code after}. */
  Flux<Tenant> page(String after, int limit) {
    return database
        .sql("select * from tenants where name > :after order by name limit :limit")
        .bind("after", after)
        .bind("limit", limit)
        .map(TenantStore::tenant)
        .all();
  }

  /** Puts a tenant on a plan, which must exist; empty when there is no such tenant. */
  Mono<Tenant> assign(UUID id, String plan) {
    return database
        .sql("update tenants set plan = :plan where id = :id returning *")
        .bind("plan", plan)
        .bind("id", id)
        .map(TenantStore::tenant)
        .one();
  }

  private static Tenant tenant(Readable row) {
    return new Tenant(
        row.get("id", UUID.class),
        row.get("name", String.class),
        row.get("plan", String.class),
        row.get("created_at", Instant.class));
  }
}
