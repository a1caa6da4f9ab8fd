package io.penstock.api.tenancy;

import io.penstock.api.platform.KeyRights;
import io.penstock.api.platform.KeyRights.ModelRule;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Rows of keys as objects. */
final class KeyRows {
  static final String COLUMNS =
      """
      k.id, k.public_id, k.role, k.tenant_id, t.name as tenant_name, k.project_id, k.name, k.origin,
      k.scopes, k.allowed_models, k.denied_models, k.allowed_cidrs::text[] as allowed_cidrs,
      k.service_account_id, k.created_by, coalesce(s.name, h.name) as owner_name,
      h.email as owner_email, k.created_at, k.expires_at, k.revoked_at, k.last_used_at, k.rotated_to
      """;

  static final String TABLES =
      """
       from api_keys k
        left join tenants t on t.id = k.tenant_id
        left join service_accounts s on s.id = k.service_account_id
        left join people h on h.id = k.created_by
      """;

  /** What {@link #candidate} reads beside {@link #COLUMNS} and the plan's. */
  static final String TERMS =
      """
      , k.hash, t.time_zone, t.prompts_stored_since is not null as keeps_prompts, j.model_mode, j.model_ids,
      coalesce(t.status, 'active') = 'active' and coalesce(j.status, 'active') = 'active' as usable
      """;

  private KeyRows() {}

  static StoredKey key(Readable row) {
    UUID account = row.get("service_account_id", UUID.class);
    return new StoredKey(
        row.get("id", UUID.class),
        row.get("public_id", String.class),
        row.get("role", String.class),
        row.get("tenant_id", UUID.class),
        row.get("tenant_name", String.class),
        row.get("project_id", UUID.class),
        row.get("name", String.class),
        row.get("origin", String.class),
        KeyRestrictions.ofRow(
            row.get("scopes", String[].class),
            row.get("allowed_models", String[].class),
            row.get("denied_models", String[].class),
            row.get("allowed_cidrs", String[].class)),
        new StoredKey.Owner(
            account != null,
            account != null ? account : row.get("created_by", UUID.class),
            row.get("owner_name", String.class),
            row.get("owner_email", String.class)),
        row.get("created_at", Instant.class),
        row.get("expires_at", Instant.class),
        row.get("revoked_at", Instant.class),
        row.get("last_used_at", Instant.class),
        row.get("rotated_to", UUID.class));
  }

  /**
   * @param readAtNanos monotonic, from before the database was asked
   */
  static Candidate candidate(Readable row, long readAtNanos) {
    StoredKey key = key(row);
    String zone = row.get("time_zone", String.class);
    return new Candidate(
        key,
        row.get("hash", byte[].class),
        PlanStore.plan(row),
        zone == null ? null : ZoneId.of(zone),
        row.get("usable", Boolean.class),
        new KeyRights(key.restrictions().scopes(), rules(key.restrictions(), row)),
        row.get("keeps_prompts", Boolean.class),
        readAtNanos);
  }

  private static List<ModelRule> rules(KeyRestrictions restrictions, Readable row) {
    List<ModelRule> rules = new ArrayList<>();
    String mode = row.get("model_mode", String.class);
    if (mode != null) {
      rules.add(
          new ModelRule(
              mode.equals("allow_list"),
              Set.copyOf(List.of(row.get("model_ids", String[].class)))));
    }
    if (restrictions.allowedModels() != null) {
      rules.add(new ModelRule(true, Set.copyOf(restrictions.allowedModels())));
    }
    if (restrictions.deniedModels() != null) {
      rules.add(new ModelRule(false, Set.copyOf(restrictions.deniedModels())));
    }
    return rules;
  }
}
