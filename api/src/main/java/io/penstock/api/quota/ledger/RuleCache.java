package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.RequestInfo;
import io.penstock.api.gateway.limits.LimitSetting;
import io.penstock.api.platform.Caller;
import io.penstock.api.quota.admission.EffectiveLimits;
import io.penstock.api.quota.price.PriceList;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Rules and prices as they were at one version of the settings, for those whose requests came
 * lately. The ledger's thread compares the version in each transaction, so nothing is ever decided
 * by rules that have changed. Bounded; not thread-safe.
 */
final class RuleCache {
  private static final int MOST = 20_000;

  private final Map<Key, Rules> rules =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Rules> eldest) {
          return size() > MOST;
        }
      };
  private PriceList prices = PriceList.EMPTY;
  private long version = -1;

  /** What rules depend on, beside the settings. */
  private record Key(
      UUID tenant, UUID project, UUID key, String model, String plan, long planOutput) {
    static Key of(RequestInfo request) {
      Caller.Tenant caller = request.caller();
      return new Key(
          caller.tenantId(),
          caller.projectId(),
          caller.keyId(),
          request.model(),
          caller.plan().name(),
          caller.plan().maxOutputTokensPerMinute());
    }
  }

  long version() {
    return version;
  }

  PriceList prices() {
    return prices;
  }

  /** Null when it is not known yet. */
  Rules of(RequestInfo request) {
    return rules.get(Key.of(request));
  }

  /**
   * Learns what is missing of these requests' rules. Outside of any transaction: subjects get their
   * counters here.
   */
  void learn(Connection connection, List<RequestInfo> requests) throws SQLException {
    Map<Key, RequestInfo> missing = new LinkedHashMap<>();
    for (RequestInfo request : requests) {
      Key key = Key.of(request);
      if (!rules.containsKey(key)) {
        missing.put(key, request);
      }
    }
    if (missing.isEmpty() && version >= 0) {
      return;
    }
    RuleStatements statements = new RuleStatements(connection);
    long now = statements.version();
    if (now != version) {
      rules.clear();
      prices = statements.prices();
      version = now;
      missing.clear();
      requests.forEach(request -> missing.put(Key.of(request), request));
    }
    learn(statements, missing);
  }

  /** The settings have changed. */
  void forget() {
    version = -1;
  }

  private void learn(RuleStatements statements, Map<Key, RequestInfo> missing) throws SQLException {
    Map<RuleStatements.Source, List<LimitSetting>> limits =
        statements.limits(missing.values().stream().map(RequestInfo::caller).toList());
    Map<Key, List<LimitSetting>> effective = new LinkedHashMap<>();
    Set<Subject> subjects = new LinkedHashSet<>();
    missing.forEach(
        (key, request) -> {
          List<LimitSetting> set = new ArrayList<>();
          RuleStatements.sources(request.caller())
              .forEach(source -> set.addAll(limits.getOrDefault(source, List.of())));
          List<LimitSetting> found =
              EffectiveLimits.of(request.caller().plan(), request.model(), set);
          effective.put(key, found);
          subjects.addAll(Subjects.of(request.caller(), found));
        });
    Map<Subject, Long> ids = statements.counters(List.copyOf(subjects));
    effective.forEach(
        (key, found) -> rules.put(key, Subjects.rules(missing.get(key).caller(), found, ids)));
  }
}
