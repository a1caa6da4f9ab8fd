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

  /** A tenant. */
  record Tenant(UUID id, String name, Instant createdAt) {}

  /** Empty when there is one of that name already. */
  Mono<Tenant> insert(String name) {
    return database
        .sql("insert into tenants (name) values (:name) on conflict (name) do nothing returning *")
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

  private static Tenant tenant(Readable row) {
    return new Tenant(
        row.get("id", UUID.class),
        row.get("name", String.class),
        row.get("created_at", Instant.class));
  }
}
