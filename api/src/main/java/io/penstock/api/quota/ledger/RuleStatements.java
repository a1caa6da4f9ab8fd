package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.gateway.limits.LimitSetting;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.database.Columns;
import io.penstock.api.quota.price.Price;
import io.penstock.api.quota.price.PriceList;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Reads what rules are made of. */
final class RuleStatements {
  private static final String LIMITS =
      """
      select l.scope, l.scope_id, l.model, l.kind, l.value, l.partial
      from unnest(?::text[], ?::text[]) as n (scope, scope_id)
      join limits l on l.scope = n.scope and l.scope_id = n.scope_id
      order by 1, 2, 3, 4
      """;

  /**
   * One of a model by itself begins with what the sums say that was used of it in this day and
   * month. What runs just now is in none of them, and minutes begin empty. An hour of UTC that a
   * day of the organization's zone divides counts in full, so never too little.
   */
  private static final String NEW_COUNTERS =
      """
      with missing as (
        select n.scope, n.scope_id, n.model from unnest(?::text[], ?::uuid[], ?::text[])
          as n (scope, scope_id, model)
        where not exists (select from counters c where c.scope = n.scope
          and c.scope_id = n.scope_id and c.model = n.model)
      ), placed as (
        select m.*, t.id as tenant, date_trunc('day', now() at time zone t.time_zone) as day,
          date_trunc('month', now() at time zone t.time_zone) as month, t.time_zone
        from missing m
        left join projects p on m.scope = 'project' and p.id = m.scope_id
        left join api_keys k on m.scope = 'key' and k.id = m.scope_id
        join tenants t on t.id = case m.scope when 'organization' then m.scope_id
          when 'project' then p.tenant_id else k.tenant_id end
      )
      insert into counters (scope, scope_id, model, day, day_requests, day_tokens, day_money,
        month, month_requests, month_tokens, month_money)
      select p.scope, p.scope_id, p.model,
        p.day::date - date '1970-01-01', coalesce(u.day_requests, 0), coalesce(u.day_tokens, 0),
        greatest(coalesce(u.day_money, 0), 0),
        p.month::date - date '1970-01-01', coalesce(u.requests, 0), coalesce(u.tokens, 0),
        greatest(coalesce(u.money, 0), 0)
      from placed p
      left join lateral (
        select sum(h.requests) as requests, sum(h.prompt_tokens + h.completion_tokens) as tokens,
          sum(h.amount_micros) as money,
          sum(h.requests) filter (where h.today) as day_requests,
          sum(h.prompt_tokens + h.completion_tokens) filter (where h.today) as day_tokens,
          sum(h.amount_micros) filter (where h.today) as day_money
        from (
          select s.*, s.hour > p.day at time zone p.time_zone - interval '1 hour' as today
          from usage_hourly s
          where s.tenant_id = p.tenant and s.model = p.model
            and s.hour > p.month at time zone p.time_zone - interval '1 hour'
            and p.scope_id = case p.scope when 'organization' then s.tenant_id
              when 'project' then s.project_id else s.api_key_id end
        ) as h
      ) as u on p.model <> ''
      order by 1, 2, 3 on conflict do nothing
      """;

  private static final String COUNTERS =
      """
      select c.scope, c.scope_id, c.model, c.id
      from unnest(?::text[], ?::uuid[], ?::text[]) as n (scope, scope_id, model)
      join counters c on c.scope = n.scope and c.scope_id = n.scope_id and c.model = n.model
      """;

  private final Connection connection;

  RuleStatements(Connection connection) {
    this.connection = connection;
  }

  /** Where limits are set. */
  record Source(LimitScope scope, String id) {}

  /** All places where limits may be set that count for a caller. */
  static List<Source> sources(Caller.Tenant caller) {
    String plan = caller.plan().name();
    return List.of(
        new Source(LimitScope.PLAN, plan),
        new Source(LimitScope.PLAN_PROJECT, plan),
        new Source(LimitScope.PLAN_KEY, plan),
        new Source(LimitScope.ORGANIZATION, caller.tenantId().toString()),
        new Source(LimitScope.PROJECT, caller.projectId().toString()),
        new Source(LimitScope.KEY, caller.keyId().toString()));
  }

  long version() throws SQLException {
    try (PreparedStatement statement =
            connection.prepareStatement("select version from admission_version");
        ResultSet rows = statement.executeQuery()) {
      rows.next();
      return rows.getLong(1);
    }
  }

  PriceList prices() throws SQLException {
    try (PreparedStatement statement =
            connection.prepareStatement(
                "select *, (extract(epoch from valid_from) * 1000000)::bigint as valid from prices");
        ResultSet rows = statement.executeQuery()) {
      List<Price> prices = new ArrayList<>();
      while (rows.next()) {
        prices.add(price(rows, rows.getString("model"), rows.getInt("version")));
      }
      return new PriceList(prices);
    }
  }

  /** From a row with the columns of a price, {@code valid} being its begin in microseconds. */
  static Price price(ResultSet row, String model, int version) throws SQLException {
    return new Price(
        model,
        version,
        Columns.instant(row.getLong("valid")),
        row.getLong("prompt"),
        row.getLong("cached"),
        row.getLong("completion"),
        row.getLong("compute_second"),
        row.getLong("max_compute_us_per_token"));
  }

  Map<Source, List<LimitSetting>> limits(List<Caller.Tenant> callers) throws SQLException {
    LinkedHashSet<Source> sources = new LinkedHashSet<>();
    callers.forEach(caller -> sources.addAll(sources(caller)));
    try (PreparedStatement statement = connection.prepareStatement(LIMITS)) {
      new Columns<>(statement, List.copyOf(sources), 1)
          .texts(source -> source.scope().text())
          .texts(Source::id);
      Map<Source, List<LimitSetting>> limits = new HashMap<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          LimitSetting limit =
              new LimitSetting(
                  LimitScope.byText(rows.getString(1)).orElseThrow(),
                  rows.getString(2),
                  rows.getString(3),
                  LimitKind.byText(rows.getString(4)).orElseThrow(),
                  rows.getLong(5),
                  rows.getBoolean(6));
          limits
              .computeIfAbsent(new Source(limit.scope(), limit.scopeId()), _ -> new ArrayList<>())
              .add(limit);
        }
      }
      return limits;
    }
  }

  /**
   * Ids of the subjects' counters; those that have none get one. They are on disk then, whoever has
   * made them: no hold outlives its counters.
   */
  Map<Subject, Long> counters(List<Subject> subjects) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(NEW_COUNTERS)) {
      bind(insert, subjects);
      insert.executeUpdate();
    }
    Transactions.flush(connection);
    try (PreparedStatement select = connection.prepareStatement(COUNTERS)) {
      bind(select, subjects);
      Map<Subject, Long> ids = new HashMap<>();
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          ids.put(
              new Subject(
                  LimitScope.byText(rows.getString(1)).orElseThrow(),
                  rows.getObject(2, UUID.class),
                  rows.getString(3)),
              rows.getLong(4));
        }
      }
      return ids;
    }
  }

  private static void bind(PreparedStatement statement, List<Subject> subjects)
      throws SQLException {
    new Columns<>(statement, subjects, 1)
        .texts(subject -> subject.scope().text())
        .uuids(Subject::id)
        .texts(Subject::model);
  }
}
