package io.penstock.api.tenancy;

import io.penstock.api.platform.KeyRights;
import io.penstock.api.platform.KeyRights.ModelRule;
import io.penstock.api.platform.Plan;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** The table of keys. */
@Component
class KeyStore {
  private static final String COLUMNS =
      """
      k.id, k.public_id, k.role, k.tenant_id, t.name as tenant_name, k.name, k.origin,
      k.created_at, k.expires_at, k.revoked_at, k.last_used_at
      """;

  private static final String SELECT =
      "select " + COLUMNS + " from api_keys k left join tenants t on t.id = k.tenant_id";

  private static final String FIND =
      "select k.hash, %s, %s".formatted(COLUMNS, PlanStore.COLUMNS)
          + """
          , k.project_id, k.scopes, k.allowed_models, k.denied_models, t.time_zone,
            coalesce(t.status, 'active') = 'active' and coalesce(j.status, 'active') = 'active'
              as usable, j.model_mode, j.model_ids
          from api_keys k left join tenants t on t.id = k.tenant_id
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
   * A key with the hash that proves it.
   *
   * @param plan its tenant's; null for admin keys
   */
  record Candidate(StoredKey key, byte[] hash, Plan plan, Terms terms) {}

  /**
   * What tenant, project and key say about the key's use.
   *
   * @param projectId null for keys that belong to none
   * @param timeZone null for the operator's keys
   * @param usable false when the tenant is suspended or the project archived
   */
  record Terms(UUID projectId, ZoneId timeZone, boolean usable, KeyRights rights) {}

  Mono<Candidate> find(String publicId) {
    return database
        .sql(FIND)
        .bind("publicId", publicId)
        .map(
            row ->
                new Candidate(
                    key(row), row.get("hash", byte[].class), PlanStore.plan(row), terms(row)))
        .one();
  }

  Mono<StoredKey> findById(UUID id) {
    return database.sql(SELECT + " where k.id = :id").bind("id", id).map(KeyStore::key).one();
  }

  Flux<StoredKey> ofTenant(UUID tenantId) {
    return database
        .sql(SELECT + " where k.tenant_id = :tenantId order by k.created_at, k.id")
        .bind("tenantId", tenantId)
        .map(KeyStore::key)
        .all();
  }

  Mono<Boolean> exists(String role) {
    return database
        .sql("select exists (select from api_keys where role = :role)")
        .bind("role", role)
        .map(row -> row.get(0, Boolean.class))
        .one();
  }

  /**
   * @param tenantId null for an admin key
   * @param expiresAt null for never
   */
  Mono<StoredKey> insert(
      ApiKey key,
      byte[] hash,
      String role,
      UUID tenantId,
      String name,
      String origin,
      Instant expiresAt) {
    var insert =
        database
            .sql(
                """
                insert into api_keys
                  (public_id, hash, role, tenant_id, name, origin, expires_at, project_id, scopes)
                values (:publicId, :hash, :role, :tenantId, :name, :origin, :expiresAt,
                  (select id from projects where tenant_id = :tenantId and is_default),
                  case :role when 'tenant' then array['inference', 'usage:read']
                             else '{}'::text[] end)
                on conflict (public_id) do update
                  set revoked_at = null, hash = excluded.hash where api_keys.role = excluded.role
                returning id
                """)
            .bind("publicId", key.publicId())
            .bind("hash", hash)
            .bind("role", role)
            .bind("name", name)
            .bind("origin", origin);
    insert =
        tenantId == null
            ? insert.bindNull("tenantId", UUID.class)
            : insert.bind("tenantId", tenantId);
    insert =
        expiresAt == null
            ? insert.bindNull("expiresAt", Instant.class)
            : insert.bind("expiresAt", expiresAt);
    return insert.map(row -> row.get("id", UUID.class)).one().flatMap(this::findById);
  }

  /** Revokes a key; one that is revoked already keeps its time. */
  Mono<StoredKey> revoke(UUID id) {
    return database
        .sql("update api_keys set revoked_at = coalesce(revoked_at, now()) where id = :id")
        .bind("id", id)
        .then()
        .then(Mono.defer(() -> findById(id)));
  }

  /** Revokes the keys of a role that came to be by configuration, all but one. */
  Mono<Void> revokePreset(String role, String exceptPublicId, boolean firstStartToo) {
    return database
        .sql(
            """
            update api_keys set revoked_at = now()
            where role = :role and public_id <> :except and revoked_at is null
              and (origin = 'preset' or (:firstStartToo and origin = 'first-start'))
            """)
        .bind("role", role)
        .bind("except", exceptPublicId)
        .bind("firstStartToo", firstStartToo)
        .then();
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

  private static Terms terms(Readable row) {
    String zone = row.get("time_zone", String.class);
    List<ModelRule> rules = new ArrayList<>();
    String mode = row.get("model_mode", String.class);
    if (mode != null) {
      rules.add(rule(mode.equals("allow_list"), row.get("model_ids", String[].class)));
    }
    String[] allowed = row.get("allowed_models", String[].class);
    if (allowed != null) {
      rules.add(rule(true, allowed));
    }
    String[] denied = row.get("denied_models", String[].class);
    if (denied != null) {
      rules.add(rule(false, denied));
    }
    return new Terms(
        row.get("project_id", UUID.class),
        zone == null ? null : ZoneId.of(zone),
        row.get("usable", Boolean.class),
        new KeyRights(scopes(row.get("scopes", String[].class)), rules));
  }

  private static ModelRule rule(boolean allow, String[] models) {
    return new ModelRule(allow, Set.copyOf(Arrays.asList(models)));
  }

  private static Set<KeyRights.Scope> scopes(String[] names) {
    Set<KeyRights.Scope> scopes = EnumSet.noneOf(KeyRights.Scope.class);
    for (KeyRights.Scope scope : KeyRights.Scope.values()) {
      if (Arrays.asList(names).contains(scope.text())) {
        scopes.add(scope);
      }
    }
    return scopes;
  }

  private static StoredKey key(Readable row) {
    return new StoredKey(
        row.get("id", UUID.class),
        row.get("public_id", String.class),
        row.get("role", String.class),
        row.get("tenant_id", UUID.class),
        row.get("tenant_name", String.class),
        row.get("name", String.class),
        row.get("origin", String.class),
        row.get("created_at", Instant.class),
        row.get("expires_at", Instant.class),
        row.get("revoked_at", Instant.class),
        row.get("last_used_at", Instant.class));
  }
}
