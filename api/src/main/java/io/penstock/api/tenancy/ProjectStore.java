package io.penstock.api.tenancy;

import static io.penstock.api.platform.database.Bindings.bind;

import io.penstock.api.platform.error.ApiException;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The table of projects. */
@Component
class ProjectStore {
  private final DatabaseClient database;

  ProjectStore(DatabaseClient database) {
    this.database = database;
  }

  /**
   * A project.
   *
   * @param status active or archived
   * @param modelMode allow_list or deny_list; null when its keys may call all models
   */
  record Project(
      UUID id,
      UUID tenantId,
      String name,
      boolean isDefault,
      String status,
      String modelMode,
      List<String> modelIds,
      Instant createdAt,
      Instant archivedAt) {

    /**
     * @throws ApiException 400 when it is archived
     */
    void requireActive() {
      if (!status.equals("active")) {
        throw ApiException.of(
            HttpStatus.BAD_REQUEST,
            ApiException.INVALID_REQUEST,
            "project_archived",
            null,
            "The project " + id + " is archived.");
      }
    }
  }

  Mono<Project> insert(UUID tenantId, String name) {
    return database
        .sql("insert into projects (tenant_id, name) values (:tenantId, :name) returning *")
        .bind("tenantId", tenantId)
        .bind("name", name)
        .map(ProjectStore::project)
        .one();
  }

  Mono<Project> find(UUID tenantId, UUID id) {
    return one("select * from projects where tenant_id = :tenantId and id = :id", tenantId, id);
  }

  /** Likewise, and nobody else changes it until the transaction ends. */
  Mono<Project> lock(UUID tenantId, UUID id) {
    return one(
        "select * from projects where tenant_id = :tenantId and id = :id for no key update",
        tenantId,
        id);
  }

  private Mono<Project> one(String sql, UUID tenantId, UUID id) {
    return database
        .sql(sql)
        .bind("tenantId", tenantId)
        .bind("id", id)
        .map(ProjectStore::project)
        .one();
  }

  Mono<Project> ofDefault(UUID tenantId) {
    return database
        .sql("select * from projects where tenant_id = :tenantId and is_default")
        .bind("tenantId", tenantId)
        .map(ProjectStore::project)
        .one();
  }

  /** Oldest first, those after {@code after}. */
  Flux<Project> page(UUID tenantId, boolean archivedToo, UUID after, int limit) {
    var select =
        database
            .sql(
                """
                select * from projects p
                where tenant_id = :tenantId and (:archivedToo or status = 'active')
                  and (cast(:after as uuid) is null or (p.created_at, p.id) >
                    (select a.created_at, a.id from projects a
                     where a.id = :after and a.tenant_id = :tenantId))
                order by p.created_at, p.id limit :limit
                """)
            .bind("tenantId", tenantId)
            .bind("archivedToo", archivedToo)
            .bind("limit", limit);
    return bind(select, "after", after, UUID.class).map(ProjectStore::project).all();
  }

  Mono<Project> rename(UUID id, String name) {
    return database
        .sql("update projects set name = :name where id = :id returning *")
        .bind("id", id)
        .bind("name", name)
        .map(ProjectStore::project)
        .one();
  }

  Mono<Project> archive(UUID id) {
    return database
        .sql(
            "update projects set status = 'archived', archived_at = now() where id = :id returning *")
        .bind("id", id)
        .map(ProjectStore::project)
        .one();
  }

  /**
   * @param mode null for no rule
   */
  Mono<Project> permitModels(UUID id, String mode, List<String> models) {
    var update =
        database
            .sql(
                "update projects set model_mode = :mode, model_ids = :models where id = :id returning *")
            .bind("id", id)
            .bind("models", models.toArray(String[]::new));
    return bind(update, "mode", mode, String.class).map(ProjectStore::project).one();
  }

  /** Whether a person works in a project. */
  Mono<Boolean> isMember(UUID projectId, UUID personId) {
    return database
        .sql(
            "select exists (select from project_members where project_id = :project and person_id = :person)")
        .bind("project", projectId)
        .bind("person", personId)
        .map(row -> row.get(0, Boolean.class))
        .one();
  }

  static ApiException noProject(UUID id) {
    return ApiException.notFound("project_not_found", null, "There is no project " + id + ".");
  }

  private static Project project(Readable row) {
    return new Project(
        row.get("id", UUID.class),
        row.get("tenant_id", UUID.class),
        row.get("name", String.class),
        row.get("is_default", Boolean.class),
        row.get("status", String.class),
        row.get("model_mode", String.class),
        List.of(row.get("model_ids", String[].class)),
        row.get("created_at", Instant.class),
        row.get("archived_at", Instant.class));
  }
}
