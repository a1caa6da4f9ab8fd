package io.penstock.api.tenancy;

import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.time.ZoneId;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The table of tenants. */
@Component
class TenantStore {
  static final String NAME = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

  private final DatabaseClient database;

  TenantStore(DatabaseClient database) {
    this.database = database;
  }

  /**
   * A tenant.
   *
   * @param plan name of the plan that it is on
   * @param timeZone IANA name
   * @param status active or suspended
   */
  record Tenant(
      UUID id, String name, String plan, String timeZone, String status, Instant createdAt) {
    ZoneId zone() {
      return ZoneId.of(timeZone);
    }
  }

  /** By id or name, as a header names it. */
  Mono<Tenant> named(String idOrName) {
    if (idOrName.length() == 36) {
      try {
        return find(UUID.fromString(idOrName));
      } catch (IllegalArgumentException _) {
        // then it is a name
      }
    }
    return idOrName.matches(NAME) ? findByName(idOrName) : Mono.empty();
  }

  /** Changes time zone and status; empty when there is no such tenant. */
  Mono<Tenant> change(UUID id, String timeZone, String status) {
    return database
        .sql(
            "update tenants set time_zone = :timeZone, status = :status where id = :id returning *")
        .bind("id", id)
        .bind("timeZone", timeZone)
        .bind("status", status)
        .map(TenantStore::tenant)
        .one();
  }

  /** Likewise, and nobody else changes it until the transaction ends. */
  Mono<Tenant> lock(UUID id) {
    return database
        .sql("select * from tenants where id = :id for no key update")
        .bind("id", id)
        .map(TenantStore::tenant)
        .one();
  }

  /** With its default project; empty when there is one of that name already. */
  Mono<Tenant> insert(String name, String timeZone) {
    return database
        .sql(
            """
            with made as (
              insert into tenants (name, time_zone) values (:name, :timeZone)
              on conflict (name) do nothing returning *
            ), its_project as (
              insert into projects (tenant_id, name, is_default)
              select id, 'default', true from made
            )
            select * from made
            """)
        .bind("name", name)
        .bind("timeZone", timeZone)
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
        row.get("time_zone", String.class),
        row.get("status", String.class),
        row.get("created_at", Instant.class));
  }
}
