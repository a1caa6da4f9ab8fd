package io.penstock.api.tenancy;

import static io.penstock.api.platform.database.Bindings.bind;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** The table of keys. */
@Component
class KeyStore {
  private static final String SELECT = "select " + KeyRows.COLUMNS + KeyRows.TABLES;

  private static final String FIND =
      "select "
          + KeyRows.COLUMNS
          + KeyRows.TERMS
          + ", "
          + PlanStore.COLUMNS
          + KeyRows.TABLES
          + """
          left join projects j on j.id = k.project_id
          left join plans p on p.name = t.plan
          where k.public_id = :publicId
          """;

  private final DatabaseClient database;
  private final JsonMapper json;

  KeyStore(DatabaseClient database, JsonMapper json) {
    this.database = database;
    this.json = json;
  }

  /**
   * A key to be.
   *
   * @param tenantId null for the operator's
   * @param projectId null for those of an organization
   * @param origin first-start, preset or admin
   * @param expiresAt null for never
   * @param createdBy the person that makes it; null when none does
   */
  record NewKey(
      ApiKey key,
      byte[] hash,
      UUID tenantId,
      UUID projectId,
      String name,
      String origin,
      KeyRestrictions restrictions,
      Instant expiresAt,
      UUID serviceAccountId,
      UUID createdBy) {}

  Mono<Candidate> find(String publicId) {
    return Mono.defer(
        () -> {
          long now = System.nanoTime();
          return database
              .sql(FIND)
              .bind("publicId", publicId)
              .map(row -> KeyRows.candidate(row, now))
              .one();
        });
  }

  Mono<StoredKey> findById(UUID id) {
    return database.sql(SELECT + " where k.id = :id").bind("id", id).map(KeyRows::key).one();
  }

  /** Likewise, and nobody else changes it until the transaction ends. */
  Mono<StoredKey> lock(UUID id) {
    return database
        .sql(SELECT + " where k.id = :id for update of k")
        .bind("id", id)
        .map(KeyRows::key)
        .one();
  }

  /** A key of a project of a tenant, which nobody else changes until the transaction ends. */
  Mono<StoredKey> ofProject(UUID tenantId, UUID projectId, UUID id) {
    return database
        .sql(
            SELECT
                + " where k.id = :id and k.tenant_id = :tenantId and k.project_id = :projectId"
                + " for update of k")
        .bind("id", id)
        .bind("tenantId", tenantId)
        .bind("projectId", projectId)
        .map(KeyRows::key)
        .one();
  }

  /** A key of an organization itself, likewise. */
  Mono<StoredKey> ofOrganization(UUID tenantId, UUID id) {
    return database
        .sql(
            SELECT
                + " where k.id = :id and k.tenant_id = :tenantId and k.project_id is null"
                + " for update of k")
        .bind("id", id)
        .bind("tenantId", tenantId)
        .map(KeyRows::key)
        .one();
  }

  /** All of a tenant, for the operator. */
  Flux<StoredKey> ofTenant(UUID tenantId) {
    return database
        .sql(SELECT + " where k.tenant_id = :tenantId order by k.created_at, k.id")
        .bind("tenantId", tenantId)
        .map(KeyRows::key)
        .all();
  }

  /**
   * Those that are not revoked, oldest first.
   *
   * @param projectId null for those of the organization itself
   * @param after id of the last of the page before; null for the first page
   */
  Flux<StoredKey> page(UUID tenantId, UUID projectId, UUID after, int limit) {
    String which = projectId == null ? "k.project_id is null" : "k.project_id = :projectId";
    var select =
        database
            .sql(
                SELECT
                    + " where k.tenant_id = :tenantId and k.revoked_at is null and "
                    + which
                    + """
                     and (cast(:after as uuid) is null or (k.created_at, k.id) >
                      (select a.created_at, a.id from api_keys a
                       where a.id = :after and a.tenant_id = :tenantId))
                    order by k.created_at, k.id limit :limit
                    """)
            .bind("tenantId", tenantId)
            .bind("limit", limit);
    select = projectId == null ? select : select.bind("projectId", projectId);
    return bind(select, "after", after, UUID.class).map(KeyRows::key).all();
  }

  Mono<Boolean> exists(String role) {
    return database
        .sql("select exists (select from api_keys where role = :role)")
        .bind("role", role)
        .map(row -> row.get(0, Boolean.class))
        .one();
  }

  /** A preset key that was revoked comes back. */
  Mono<StoredKey> insert(NewKey key) {
    var insert =
        database
            .sql(
                """
                insert into api_keys (public_id, hash, role, tenant_id, project_id, name, origin,
                  scopes, allowed_models, denied_models, allowed_cidrs, expires_at,
                  service_account_id, created_by)
                values (:publicId, :hash, :role, :tenantId, :projectId, :name, :origin, :scopes,
                  :allowedModels, :deniedModels, cast(:allowedCidrs as text[])::cidr[], :expiresAt,
                  :serviceAccountId, :createdBy)
                on conflict (public_id) do update
                  set revoked_at = null, hash = excluded.hash where api_keys.role = excluded.role
                returning id
                """)
            .bind("publicId", key.key().publicId())
            .bind("hash", key.hash())
            .bind("role", key.tenantId() == null ? "admin" : "tenant")
            .bind("name", key.name())
            .bind("origin", key.origin());
    insert = bind(insert, "tenantId", key.tenantId(), UUID.class);
    insert = bind(insert, "projectId", key.projectId(), UUID.class);
    insert = insert.bind("scopes", array(key.restrictions().scopeNames()));
    insert =
        bind(insert, "allowedModels", array(key.restrictions().allowedModels()), String[].class);
    insert = bind(insert, "deniedModels", array(key.restrictions().deniedModels()), String[].class);
    insert = bind(insert, "allowedCidrs", array(key.restrictions().cidrTexts()), String[].class);
    insert = bind(insert, "expiresAt", key.expiresAt(), Instant.class);
    insert = bind(insert, "serviceAccountId", key.serviceAccountId(), UUID.class);
    insert = bind(insert, "createdBy", key.createdBy(), UUID.class);
    return insert.map(row -> row.get("id", UUID.class)).one().flatMap(this::findById);
  }

  static String[] array(java.util.List<String> values) {
    return values == null ? null : values.toArray(String[]::new);
  }

  /** Revokes a key; one that is revoked already keeps its time. */
  Mono<StoredKey> revoke(UUID id) {
    return database
        .sql("update api_keys set revoked_at = coalesce(revoked_at, now()) where id = :id")
        .bind("id", id)
        .then()
        .then(Mono.defer(() -> findById(id)));
  }

  /** Ends a key at a time, unless it ends sooner, because another took its place. */
  Mono<StoredKey> rotated(UUID id, UUID successor, Instant end) {
    return database
        .sql(
            """
            update api_keys set rotated_to = :successor, expires_at = least(expires_at, :end)
            where id = :id
            """)
        .bind("id", id)
        .bind("successor", successor)
        .bind("end", end)
        .then()
        .then(Mono.defer(() -> findById(id)));
  }

  /** Changes name and restrictions. */
  Mono<StoredKey> change(UUID id, String name, KeyRestrictions restrictions) {
    var update =
        database
            .sql(
                """
                update api_keys set name = :name, scopes = :scopes,
                  allowed_models = :allowedModels, denied_models = :deniedModels,
                  allowed_cidrs = cast(:allowedCidrs as text[])::cidr[]
                where id = :id
                """)
            .bind("id", id)
            .bind("name", name)
            .bind("scopes", array(restrictions.scopeNames()));
    update = bind(update, "allowedModels", array(restrictions.allowedModels()), String[].class);
    update = bind(update, "deniedModels", array(restrictions.deniedModels()), String[].class);
    update = bind(update, "allowedCidrs", array(restrictions.cidrTexts()), String[].class);
    return update.then().then(Mono.defer(() -> findById(id)));
  }

  /**
   * Revokes the keys of a role that came to be by configuration, all but one.
   *
   * @return those that it revoked
   */
  Flux<StoredKey> revokePreset(String role, String exceptPublicId, boolean firstStartToo) {
    return database
        .sql(
            """
            update api_keys set revoked_at = now()
            where role = :role and public_id <> :except and revoked_at is null
              and (origin = 'preset' or (:firstStartToo and origin = 'first-start'))
            returning id
            """)
        .bind("role", role)
        .bind("except", exceptPublicId)
        .bind("firstStartToo", firstStartToo)
        .map(row -> row.get("id", UUID.class))
        .all()
        .collectList()
        .flatMapMany(Flux::fromIterable)
        .concatMap(this::findById);
  }

  Mono<Void> touch(Map<UUID, Instant> lastUsed) {
    return database
        .sql(
            """
            update api_keys k set last_used_at = greatest(k.last_used_at, u.value::timestamptz)
            from jsonb_each_text(cast(:used as jsonb)) u where k.id = u.key::uuid
            """)
        .bind("used", json.writeValueAsString(lastUsed))
        .then();
  }
}
