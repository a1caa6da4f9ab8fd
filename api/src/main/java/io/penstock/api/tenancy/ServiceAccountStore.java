package io.penstock.api.tenancy;

import static io.penstock.api.platform.database.Bindings.bind;

import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The table of service accounts: programs that have keys, and no person. */
@Component
class ServiceAccountStore {
  private final DatabaseClient database;

  ServiceAccountStore(DatabaseClient database) {
    this.database = database;
  }

  /** A service account that is not deleted. */
  record Account(
      UUID id, UUID tenantId, UUID projectId, String name, String role, Instant createdAt) {}

  Mono<Account> insert(UUID tenantId, UUID projectId, String name) {
    return database
        .sql(
            """
            insert into service_accounts (tenant_id, project_id, name)
            values (:tenantId, :projectId, :name) returning *
            """)
        .bind("tenantId", tenantId)
        .bind("projectId", projectId)
        .bind("name", name)
        .map(ServiceAccountStore::account)
        .one();
  }

  Mono<Account> find(UUID tenantId, UUID projectId, UUID id) {
    return database
        .sql(
            """
            select * from service_accounts where id = :id and tenant_id = :tenantId
              and project_id = :projectId and deleted_at is null
            """)
        .bind("id", id)
        .bind("tenantId", tenantId)
        .bind("projectId", projectId)
        .map(ServiceAccountStore::account)
        .one();
  }

  /** Oldest first, those after {@code after}. */
  Flux<Account> page(UUID tenantId, UUID projectId, UUID after, int limit) {
    var select =
        database
            .sql(
                """
                select * from service_accounts s
                where s.tenant_id = :tenantId and s.project_id = :projectId
                  and s.deleted_at is null
                  and (cast(:after as uuid) is null or (s.created_at, s.id) >
                    (select a.created_at, a.id from service_accounts a
                     where a.id = :after and a.project_id = :projectId))
                order by s.created_at, s.id limit :limit
                """)
            .bind("tenantId", tenantId)
            .bind("projectId", projectId)
            .bind("limit", limit);
    return bind(select, "after", after, UUID.class).map(ServiceAccountStore::account).all();
  }

  /** Deletes one and revokes its keys; gives false when it was deleted already. */
  Mono<Boolean> delete(UUID id) {
    return database
        .sql("update service_accounts set deleted_at = now() where id = :id and deleted_at is null")
        .bind("id", id)
        .fetch()
        .rowsUpdated()
        .flatMap(
            rows ->
                database
                    .sql(
                        """
                        update api_keys set revoked_at = now()
                        where service_account_id = :id and revoked_at is null
                        """)
                    .bind("id", id)
                    .then()
                    .thenReturn(rows == 1));
  }

  private static Account account(Readable row) {
    return new Account(
        row.get("id", UUID.class),
        row.get("tenant_id", UUID.class),
        row.get("project_id", UUID.class),
        row.get("name", String.class),
        row.get("role", String.class),
        row.get("created_at", Instant.class));
  }
}
