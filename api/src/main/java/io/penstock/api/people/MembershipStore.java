package io.penstock.api.people;

import static io.penstock.api.platform.database.Bindings.bind;

import io.penstock.api.platform.Role;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Locale;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Who belongs to which organization, in which role. */
@Component
class MembershipStore {
  private static final String MEMBERS =
      "select "
          + Person.COLUMNS
          + ", m.role, m.created_at as added_at from memberships m join people p on p.id = m.person_id ";

  private final DatabaseClient database;

  MembershipStore(DatabaseClient database) {
    this.database = database;
  }

  /**
   * An organization as one of its people sees it.
   *
   * @param active false while it is suspended
   */
  record Organization(UUID id, String name, ZoneId zone, Role role, boolean active) {}

  /** A person as the organization sees it. */
  record Member(Person person, Role role, Instant addedAt) {}

  static Role role(String text) {
    return Role.valueOf(text.toUpperCase(Locale.ROOT));
  }

  Flux<Organization> of(UUID personId) {
    return database
        .sql(
            """
            select t.id, t.name, t.time_zone, t.status, m.role
            from memberships m join tenants t on t.id = m.tenant_id
            where m.person_id = :person order by t.name
            """)
        .bind("person", personId)
        .map(MembershipStore::organization)
        .all();
  }

  /** Any organization, by its id or its name, with a role to act in it. */
  Mono<Organization> organization(String idOrName, Role role) {
    return database
        .sql(
            """
            select t.id, t.name, t.time_zone, t.status, cast(:role as text) as role from tenants t
            where t.id::text = :named or t.name = :named
            """)
        .bind("named", idOrName)
        .bind("role", role.text())
        .map(MembershipStore::organization)
        .first();
  }

  private static Organization organization(Readable row) {
    return new Organization(
        row.get("id", UUID.class),
        row.get("name", String.class),
        ZoneId.of(row.get("time_zone", String.class)),
        role(row.get("role", String.class)),
        "active".equals(row.get("status", String.class)));
  }

  Mono<Member> find(UUID tenantId, UUID personId) {
    return database
        .sql(MEMBERS + "where m.tenant_id = :tenant and m.person_id = :person")
        .bind("tenant", tenantId)
        .bind("person", personId)
        .map(MembershipStore::member)
        .one();
  }

  /** In the order they came, those after {@code after}. */
  Flux<Member> page(UUID tenantId, UUID after, int limit) {
    var select =
        database
            .sql(
                MEMBERS
                    + """
                    where m.tenant_id = :tenant
                      and (cast(:after as uuid) is null or (m.created_at, m.person_id) >
                        (select a.created_at, a.person_id from memberships a
                         where a.tenant_id = :tenant and a.person_id = :after))
                    order by m.created_at, m.person_id limit :limit
                    """)
            .bind("tenant", tenantId)
            .bind("limit", limit);
    return bind(select, "after", after, UUID.class).map(MembershipStore::member).all();
  }

  private static Member member(Readable row) {
    return new Member(
        Person.of(row), role(row.get("role", String.class)), row.get("added_at", Instant.class));
  }

  /** Gives false when the person belonged already; its role stays then. */
  Mono<Boolean> add(UUID tenantId, UUID personId, Role role) {
    return database
        .sql(
            """
            insert into memberships (person_id, tenant_id, role) values (:person, :tenant, :role)
            on conflict do nothing
            """)
        .bind("person", personId)
        .bind("tenant", tenantId)
        .bind("role", role.text())
        .fetch()
        .rowsUpdated()
        .map(rows -> rows == 1);
  }

  Mono<Void> change(UUID tenantId, UUID personId, Role role) {
    return database
        .sql(
            "update memberships set role = :role where tenant_id = :tenant and person_id = :person")
        .bind("role", role.text())
        .bind("tenant", tenantId)
        .bind("person", personId)
        .then();
  }

  Mono<Void> remove(UUID tenantId, UUID personId) {
    return database
        .sql("delete from memberships where tenant_id = :tenant and person_id = :person")
        .bind("tenant", tenantId)
        .bind("person", personId)
        .then();
  }

  /** How many owners there are; nobody else changes who until the transaction ends. */
  Mono<Integer> lockOwners(UUID tenantId) {
    return database
        .sql("select id from tenants where id = :tenant for no key update")
        .bind("tenant", tenantId)
        .then()
        .then(
            database
                .sql(
                    "select count(*)::int from memberships where tenant_id = :tenant and role = 'owner'")
                .bind("tenant", tenantId)
                .map(row -> row.get(0, Integer.class))
                .one());
  }
}
