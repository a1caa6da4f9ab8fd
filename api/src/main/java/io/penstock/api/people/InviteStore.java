package io.penstock.api.people;

import static io.penstock.api.platform.database.Bindings.bind;

import io.penstock.api.platform.Role;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The table of invitations. */
@Component
class InviteStore {
  private final DatabaseClient database;

  InviteStore(DatabaseClient database) {
    this.database = database;
  }

  /**
   * An invitation.
   *
   * @param acceptedAt null while it was not
   */
  record Invite(
      UUID id,
      UUID tenantId,
      String email,
      Role role,
      Instant createdAt,
      Instant expiresAt,
      Instant acceptedAt) {

    String status(Instant now) {
      if (acceptedAt != null) {
        return "accepted";
      }
      return expiresAt.isAfter(now) ? "pending" : "expired";
    }
  }

  Mono<Invite> insert(UUID tenantId, String email, Role role, byte[] hash, Instant expiresAt) {
    return database
        .sql(
            """
            insert into invites (tenant_id, email, role, hash, expires_at)
            values (:tenant, :email, :role, :hash, :expiresAt) returning *
            """)
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
        .sql("select * from invites where tenant_id = :tenant and id = :id for update")
        .bind("tenant", tenantId)
        .bind("id", id)
        .map(InviteStore::invite)
        .one();
  }

  /** One that can still be accepted, and that nobody else accepts until the transaction ends. */
  Mono<Invite> pending(byte[] hash) {
    return database
        .sql(
            """
            select * from invites where hash = :hash and accepted_at is null
              and expires_at > now() for update
            """)
        .bind("hash", hash)
        .map(InviteStore::invite)
        .one();
  }

  /** All that an address can still accept, likewise. */
  Flux<Invite> pendingOf(String email) {
    return database
        .sql(
            """
            select * from invites where email = :email and accepted_at is null
              and expires_at > now() order by created_at, id for update
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
                """
                select * from invites i
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
        row.get("accepted_at", Instant.class));
  }
}
