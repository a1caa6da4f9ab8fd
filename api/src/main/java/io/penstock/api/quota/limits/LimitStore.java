package io.penstock.api.quota.limits;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.gateway.limits.LimitSetting;
import io.penstock.api.gateway.limits.LimitSettings;
import io.r2dbc.spi.Readable;
import java.util.List;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The table of limits. A trigger tells every server's ledger of a change, in the change's own
 * transaction: see the migration.
 */
@Component
final class LimitStore implements LimitSettings {
  private static final String SET =
      """
      insert into limits (scope, scope_id, model, kind, value, partial)
      select scope, scope_id, model, kind, value, partial
      from unnest(:scopes, :ids, :models, :kinds, :values, :partials) as
        n (scope, scope_id, model, kind, value, partial)
      on conflict (scope, scope_id, model, kind) do update
        set value = excluded.value, partial = excluded.partial, updated_at = now()
      """;

  private static final String OF_MODELS =
      """
      select l.*, o.id as tenant_id, o.name as tenant,
        case l.scope when 'project' then p.name when 'key' then k.name
          when 'organization' then t.name else l.scope_id end as name
      from limits l
      left join tenants t on t.id = case l.scope when 'organization' then l.scope_id::uuid end
      left join projects p on p.id = case l.scope when 'project' then l.scope_id::uuid end
      left join api_keys k on k.id = case l.scope when 'key' then l.scope_id::uuid end
      left join tenants o on o.id = coalesce(t.id, p.tenant_id, k.tenant_id)
      where l.model <> ''
      order by l.model, l.scope, name, l.kind
      limit :most
      """;

  private static final String EXISTS =
      """
      select case
        when :scope in ('plan', 'plan_project', 'plan_key')
          then exists (select from plans where name = :id)
        when :scope = 'organization' then exists (select from tenants where id::text = :id)
        when :scope = 'project' then exists (select from projects where id::text = :id)
        else exists (select from api_keys where id::text = :id and project_id is not null)
      end
      """;

  private final DatabaseClient database;

  LimitStore(DatabaseClient database) {
    this.database = database;
  }

  @Override
  public Flux<LimitSetting> of(LimitScope scope, String scopeId) {
    return database
        .sql("select * from limits where scope = :scope and scope_id = :id order by model, kind")
        .bind("scope", scope.text())
        .bind("id", scopeId)
        .map(LimitStore::limit)
        .all();
  }

  /** Limits on single models, wherever they are set, by model. */
  Flux<ModelLimit> ofModels(int most) {
    return database
        .sql(OF_MODELS)
        .bind("most", most)
        .map(
            row ->
                new ModelLimit(
                    LimitBody.of(limit(row)),
                    row.get("name", String.class),
                    row.get("tenant_id", UUID.class),
                    row.get("tenant", String.class)))
        .all();
  }

  /**
   * @param name of what it is set on
   * @param tenantId null for a plan's, as {@code tenant}
   */
  record ModelLimit(LimitBody limit, String name, UUID tenantId, String tenant) {}

  @Override
  public Mono<Void> set(List<LimitSetting> limits) {
    return limits.isEmpty()
        ? Mono.empty()
        : database
            .sql(SET)
            .bind("scopes", limits.stream().map(l -> l.scope().text()).toArray(String[]::new))
            .bind("ids", limits.stream().map(LimitSetting::scopeId).toArray(String[]::new))
            .bind("models", limits.stream().map(LimitSetting::model).toArray(String[]::new))
            .bind("kinds", limits.stream().map(l -> l.kind().text()).toArray(String[]::new))
            .bind("values", limits.stream().map(LimitSetting::value).toArray(Long[]::new))
            .bind("partials", limits.stream().map(LimitSetting::partial).toArray(Boolean[]::new))
            .then();
  }

  @Override
  public Mono<Boolean> remove(LimitScope scope, String scopeId, String model, LimitKind kind) {
    return database
        .sql(
            "delete from limits where scope = :scope and scope_id = :id and model = :model and kind = :kind")
        .bind("scope", scope.text())
        .bind("id", scopeId)
        .bind("model", model)
        .bind("kind", kind.text())
        .fetch()
        .rowsUpdated()
        .map(rows -> rows > 0);
  }

  /** Whether there is a plan, organization, project or key to set limits on. */
  Mono<Boolean> exists(LimitScope scope, String scopeId) {
    return database
        .sql(EXISTS)
        .bind("scope", scope.text())
        .bind("id", scopeId)
        .map(row -> row.get(0, Boolean.class))
        .one();
  }

  private static LimitSetting limit(Readable row) {
    return new LimitSetting(
        LimitScope.byText(row.get("scope", String.class)).orElseThrow(),
        row.get("scope_id", String.class),
        row.get("model", String.class),
        LimitKind.byText(row.get("kind", String.class)).orElseThrow(),
        row.get("value", Long.class),
        row.get("partial", Boolean.class));
  }
}
