package io.penstock.api.people;

import static io.penstock.api.platform.database.Bindings.bind;

import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Who works in which project. */
@Component
class ProjectMemberStore {
  private static final String MEMBERS =
      "select "
          + Person.COLUMNS
          + """
          , m.role, m.created_at as added_at
          from project_members m join people p on p.id = m.person_id
          where m.project_id = :project and m.tenant_id = :tenant
          """;

  private final DatabaseClient database;

  ProjectMemberStore(DatabaseClient database) {
    this.database = database;
  }

  /**
   * @param role owner or member
   */
  record Member(Person person, String role, Instant addedAt) {}

  /** Whether an organization has a project, archived or not. */
  Mono<Boolean> exists(UUID tenantId, UUID projectId) {
    return database
        .sql("select exists (select from projects where tenant_id = :tenant and id = :project)")
        .bind("tenant", tenantId)
        .bind("project", projectId)
        .map(row -> row.get(0, Boolean.class))
        .one();
  }

  Mono<Member> find(UUID tenantId, UUID projectId, UUID personId) {
    return database
        .sql(MEMBERS + " and m.person_id = :person")
        .bind("tenant", tenantId)
        .bind("project", projectId)
        .bind("person", personId)
        .map(ProjectMemberStore::member)
        .one();
  }

  /** In the order they came, those after {@code after}. */
  Flux<Member> page(UUID tenantId, UUID projectId, UUID after, int limit) {
    var select =
        database
            .sql(
                MEMBERS
                    + """
                     and (cast(:after as uuid) is null or (m.created_at, m.person_id) >
                      (select a.created_at, a.person_id from project_members a
                       where a.project_id = :project and a.person_id = :after))
                    order by m.created_at, m.person_id limit :limit
                    """)
            .bind("tenant", tenantId)
            .bind("project", projectId)
            .bind("limit", limit);
    return bind(select, "after", after, UUID.class).map(ProjectMemberStore::member).all();
  }

  /** Puts somebody of the organization into a project, or changes the role there. */
  Mono<Void> put(UUID tenantId, UUID projectId, UUID personId, String role) {
    return database
        .sql(
            """
            insert into project_members (project_id, tenant_id, person_id, role)
            values (:project, :tenant, :person, :role)
            on conflict (project_id, person_id) do update set role = excluded.role
            """)
        .bind("project", projectId)
        .bind("tenant", tenantId)
        .bind("person", personId)
        .bind("role", role)
        .then();
  }

  /** Puts somebody of the organization into a project; who is there already keeps the role. */
  Mono<Void> add(UUID tenantId, UUID projectId, UUID personId, String role) {
    return database
        .sql(
            """
            insert into project_members (project_id, tenant_id, person_id, role)
            values (:project, :tenant, :person, :role) on conflict do nothing
            """)
        .bind("project", projectId)
        .bind("tenant", tenantId)
        .bind("person", personId)
        .bind("role", role)
        .then();
  }

  Mono<Void> remove(UUID tenantId, UUID projectId, UUID personId) {
    return database
        .sql(
            """
            delete from project_members
            where project_id = :project and tenant_id = :tenant and person_id = :person
            """)
        .bind("project", projectId)
        .bind("tenant", tenantId)
        .bind("person", personId)
        .then();
  }

  private static Member member(Readable row) {
    return new Member(
        Person.of(row), row.get("role", String.class), row.get("added_at", Instant.class));
  }
}
