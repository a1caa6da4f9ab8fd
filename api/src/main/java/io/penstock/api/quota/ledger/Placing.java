package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.RequestInfo;
import io.penstock.api.gateway.settlement.BudgetUse;
import io.penstock.api.platform.ServiceTiers;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.quota.admission.Admission;
import io.penstock.api.quota.admission.Demand;
import io.penstock.api.quota.admission.RateLimitHeaders;
import io.penstock.api.quota.admission.RateLimits;
import io.penstock.api.quota.admission.RefusalAnswer;
import io.penstock.api.quota.admission.Verdict;
import io.penstock.api.quota.price.Price;
import io.penstock.api.quota.price.PriceList;
import io.penstock.api.quota.window.Counter;
import io.penstock.api.quota.window.Moment;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The admissions of one transaction. */
final class Placing {
  private static final String BALANCES =
      "select tenant_id, balance from accounts where kind = 'balance' and tenant_id = any (?)";

  private final UUID replica;
  private final PriceList prices;
  private final CounterView view;
  private final RefusedBudgets refusedBudgets;
  private final Map<ZoneId, Moment> moments = new HashMap<>();
  private boolean refused;
  private boolean refusedByHolds;
  private final List<Place.Answer> answers = new ArrayList<>();
  private final List<HoldRecord> holds = new ArrayList<>();
  private final Set<Counter> changed = new LinkedHashSet<>();

  /**
   * @param refusedBudgets learns which budgets refuse
   */
  Placing(UUID replica, PriceList prices, CounterView view, RefusedBudgets refusedBudgets) {
    this.refusedBudgets = refusedBudgets;
    this.replica = replica;
    this.prices = prices;
    this.view = view;
  }

  /**
   * Reads the balances of those whose credit is limited. Whoever changes a balance by a settlement
   * commits with the lock of the organization's counter, which we have; a top-up may come in
   * between.
   */
  void balances(Connection connection, List<Place> places, List<Rules> rules) throws SQLException {
    Map<UUID, Counter> limited = new HashMap<>();
    for (int i = 0; i < places.size(); i++) {
      if (rules.get(i).credit()) {
        limited.put(
            places.get(i).request().caller().tenantId(), view.counters(rules.get(i).counters())[0]);
      }
    }
    if (limited.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(BALANCES)) {
      statement.setArray(
          1, connection.createArrayOf("uuid", limited.keySet().toArray(UUID[]::new)));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          UUID tenant = rows.getObject(1, UUID.class);
          limited.get(tenant).balance(rows.getLong(2));
        }
      }
    }
  }

  void add(Place place, Rules rules) {
    answers.add(place.waiting() ? decide(place.request(), rules) : withdrawn());
  }

  private static Place.Answer withdrawn() {
    return new Place.Refused(ApiException.internal("The request was withdrawn."));
  }

  private Place.Answer decide(RequestInfo request, Rules rules) {
    Moment now =
        moments.computeIfAbsent(request.caller().timeZone(), zone -> Moment.of(view.time(), zone));
    Counter[] counters = view.counters(rules.counters());
    long maxTokens;
    try {
      maxTokens = rules.sizes().maxTokens(request);
    } catch (ApiException tooLarge) {
      refused = true;
      return new Place.Refused(tooLarge);
    }
    Price price = prices.at(request.model(), view.time());
    Demand demand =
        new Demand(
            request.promptTokens(),
            maxTokens * request.choices(),
            Math.min(1, maxTokens) * request.choices(), // what is embedded generates nothing
            price);
    Verdict verdict = Admission.decide(demand, rules.bounds(), counters, now);
    RateLimits rates = RateLimits.of(rules.bounds(), counters, now);
    return switch (verdict) {
      case Verdict.Refused no -> {
        refused = true;
        refusedByHolds |= no.heldOnly();
        BudgetUse use =
            BudgetUses.refused(request.caller(), no.bound(), counters[no.bound().counter()]);
        if (use != null) {
          refusedBudgets.add(use, System.nanoTime());
        }
        ApiException error = RefusalAnswer.of(request, no);
        RateLimitHeaders.write(rates, error::header);
        yield new Place.Refused(error);
      }
      case Verdict.Granted granted -> {
        HoldRecord row = row(request, rules, price, granted);
        holds.add(row);
        changed.addAll(List.of(counters));
        yield new Place.Admitted(
            new RunningHold(row, request, price, rules.bounds(), granted, rates, maxTokens));
      }
    };
  }

  private HoldRecord row(RequestInfo request, Rules rules, Price price, Verdict.Granted granted) {
    return new HoldRecord(
        request.requestId(),
        replica,
        request.caller().tenantId(),
        request.caller().projectId(),
        request.caller().keyId(),
        request.model(),
        request.endpoint(),
        request.streamed(),
        request.choices(),
        ServiceTiers.name(request.urgency().tier()),
        request.caller().timeZone(),
        price.version(),
        request.promptTokens(),
        rules.counters(),
        granted.hold(),
        request.receivedAt(),
        view.time());
  }

  /** Whether somebody was refused. */
  boolean refused() {
    return refused;
  }

  /** Whether somebody was refused who would fit but for what running requests hold. */
  boolean refusedByHolds() {
    return refusedByHolds;
  }

  List<Place.Answer> answers() {
    return answers;
  }

  List<HoldRecord> holds() {
    return holds;
  }

  Set<Counter> changed() {
    return changed;
  }
}
