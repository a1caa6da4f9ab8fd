package io.penstock.api.people;

import static io.penstock.api.platform.database.Bindings.bind;

import io.penstock.api.platform.Role;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The table of invitations. */
@Component
class InviteStore {
  private static final String SELECT =
      """
      select i.*,
        array(select p.project_id from invite_projects p
          where p.invite_id = i.id order by p.project_id) as project_ids,
        array(select p.role from invite_projects p
          where p.invite_id = i.id order by p.project_id) as project_roles
      from invites i
      """;

  private final DatabaseClient database;

  InviteStore(DatabaseClient database) {
    this.database = database;
  }

  /**
   * An invitation.
   *
   * @param acceptedAt null while it was not
   * @param projects that who accepts is put into
   */
  record Invite(
      UUID id,
      UUID tenantId,
      String email,
      Role role,
      Instant createdAt,
      Instant expiresAt,
      Instant acceptedAt,
      List<InProject> projects) {

    String status(Instant now) {
      if (acceptedAt != null) {
        return "accepted";
      }
      return expiresAt.isAfter(now) ? "pending" : "expired";
    }
  }

  /**
   * A place in a project.
   *
   * @param role owner or member
   */
  record InProject(UUID id, String role) {}

  /** Empty when one of the projects is not the organization's. */
  Mono<Invite> insert(
      UUID tenantId,
      String email,
      Role role,
      byte[] hash,
      Instant expiresAt,
      List<InProject> projects) {
    return database
        .sql(
            """
            with wanted as (
              select p.id as project_id, w.role
              from unnest(cast(:projects as uuid[]), cast(:roles as text[])) as w (id, role)
              join projects p on p.id = w.id and p.tenant_id = :tenant
            ), made as (
              insert into invites (tenant_id, email, role, hash, expires_at)
              select :tenant, :email, :role, :hash, :expiresAt
              where (select count(*) from wanted) = cardinality(cast(:projects as uuid[]))
              returning *
            ), put as (
              insert into invite_projects (invite_id, tenant_id, project_id, role)
              select made.id, made.tenant_id, wanted.project_id, wanted.role from made, wanted
            )
            select made.*, cast(:projects as uuid[]) as project_ids,
              cast(:roles as text[]) as project_roles
            from made
            """)
        .bind("projects", projects.stream().map(InProject::id).toArray(UUID[]::new))
        .bind("roles", projects.stream().map(InProject::role).toArray(String[]::new))
        .bind("tenant", tenantId)
        .bind("email", email)
        .bind("role", role.text())
        .bind("hash", hash)
        .bind("expiresAt", expiresAt)
        .map(InviteStore::invite)
        .one();
  }

  Mono<Invite> find(UUID tenantId, UUID id) {
    return database
        .sql(SELECT + "where i.tenant_id = :tenant and i.id = :id for update")
        .bind("tenant", tenantId)
        .bind("id", id)
        .map(InviteStore::invite)
        .one();
  }

  /** One that can still be accepted, and that nobody else accepts until the transaction ends. */
  Mono<Invite> pending(byte[] hash) {
    return database
        .sql(
            SELECT
                + """
                where i.hash = :hash and i.accepted_at is null and i.expires_at > now() for update
                """)
        .bind("hash", hash)
        .map(InviteStore::invite)
        .one();
  }

  /** All that an address can still accept, likewise. */
  Flux<Invite> pendingOf(String email) {
    return database
        .sql(
            SELECT
                + """
                where i.email = :email and i.accepted_at is null and i.expires_at > now()
                order by i.created_at, i.id for update
                """)
        .bind("email", email)
        .map(InviteStore::invite)
        .all();
  }

  /** Oldest first, those after {@code after}. */
  Flux<Invite> page(UUID tenantId, UUID after, int limit) {
    var select =
        database
            .sql(
                SELECT
                    + """
                where i.tenant_id = :tenant
                  and (cast(:after as uuid) is null or (i.created_at, i.id) >
                    (select a.created_at, a.id from invites a
                     where a.tenant_id = :tenant and a.id = :after))
                order by i.created_at, i.id limit :limit
                """)
            .bind("tenant", tenantId)
            .bind("limit", limit);
    return bind(select, "after", after, UUID.class).map(InviteStore::invite).all();
  }

  Mono<Void> accepted(UUID id) {
    return database
        .sql("update invites set accepted_at = now() where id = :id")
        .bind("id", id)
        .then();
  }

  Mono<Void> delete(UUID id) {
    return database.sql("delete from invites where id = :id").bind("id", id).then();
  }

  private static Invite invite(Readable row) {
    return new Invite(
        row.get("id", UUID.class),
        row.get("tenant_id", UUID.class),
        row.get("email", String.class),
        MembershipStore.role(row.get("role", String.class)),
        row.get("created_at", Instant.class),
        row.get("expires_at", Instant.class),
        row.get("accepted_at", Instant.class),
        projects(row.get("project_ids", UUID[].class), row.get("project_roles", String[].class)));
  }

  private static List<InProject> projects(UUID[] ids, String[] roles) {
    return IntStream.range(0, ids.length).mapToObj(i -> new InProject(ids[i], roles[i])).toList();
  }
}
