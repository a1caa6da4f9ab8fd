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

  private static final String NEW_COUNTERS =
      """
      insert into counters (scope, scope_id, model)
      select n.scope, n.scope_id, n.model
      from unnest(?::text[], ?::uuid[], ?::text[]) as n (scope, scope_id, model)
      where not exists (select from counters c where c.scope = n.scope
        and c.scope_id = n.scope_id and c.model = n.model)
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

  /** Ids of the subjects' counters; those that have none get one. */
  Map<Subject, Long> counters(List<Subject> subjects) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(NEW_COUNTERS)) {
      bind(insert, subjects);
      insert.executeUpdate();
    }
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
