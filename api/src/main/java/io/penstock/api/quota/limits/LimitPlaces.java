package io.penstock.api.quota.limits;

import io.penstock.api.platform.error.ApiException;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Projects and keys as places of limits: another organization's do not exist. */
@Component
public class LimitPlaces {
  private final DatabaseClient database;

  LimitPlaces(DatabaseClient database) {
    this.database = database;
  }

  /** The project itself; fails with 404 when the organization has no such project. */
  public Mono<UUID> requireProject(UUID tenantId, UUID projectId) {
    return database
        .sql("select id from projects where id = :id and tenant_id = :tenant")
        .bind("id", projectId)
        .bind("tenant", tenantId)
        .map(row -> row.get("id", UUID.class))
        .one()
        .switchIfEmpty(Mono.error(() -> absent("project_id", "project", projectId)));
  }

  /** The project of a key; fails with 404 when the organization has no such key. */
  public Mono<UUID> projectOfKey(UUID tenantId, UUID keyId) {
    return database
        .sql(
            """
            select project_id from api_keys
            where id = :id and tenant_id = :tenant and project_id is not null
            """)
        .bind("id", keyId)
        .bind("tenant", tenantId)
        .map(row -> row.get("project_id", UUID.class))
        .one()
        .switchIfEmpty(Mono.error(() -> absent("api_key_id", "key", keyId)));
  }

  private static ApiException absent(String field, String what, UUID id) {
    return ApiException.notFound(
        what + "_not_found", field, "The organization has no %s %s.".formatted(what, id));
  }
}
