package io.penstock.api.gateway;

import io.penstock.api.platform.error.OpenAiError;
import io.penstock.engine.core.TenantBudget;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/**
 * The leases of the requests that are in the engines, by the engines' ids for them. There are as
 * many as requests in the engines, which bound those; a request without a lease has no entry and no
 * limit.
 */
@Component
public final class RunningBudgets implements TenantBudget {
  private final Map<String, List<BudgetLease>> leases = new ConcurrentHashMap<>();
  private final Map<String, OpenAiError.Body> ended = new ConcurrentHashMap<>();

  /** To be called before the request is submitted. */
  void open(String engineId, List<BudgetLease> ofRequest) {
    if (!ofRequest.isEmpty()) {
      leases.put(engineId, ofRequest);
    }
  }

  /** To be called when all choices have ended. */
  void close(String engineId) {
    leases.remove(engineId);
    ended.remove(engineId);
  }

  /** What its client is to be told; null while no lease has refused a token. */
  OpenAiError.Body ended(String engineId) {
    return ended.get(engineId);
  }

  @Override
  public boolean tryTake(String tenant, String engineId, int tokens) {
    List<BudgetLease> all = leases.getOrDefault(engineId, List.of());
    for (int i = 0; i < all.size(); i++) {
      BudgetLease lease = all.get(i);
      if (!lease.tryTake(tokens)) {
        all.subList(0, i).forEach(taken -> taken.giveBack(tokens));
        ended.putIfAbsent(engineId, lease.ended());
        return false;
      }
    }
    return true;
  }

  @Override
  public void giveBack(String tenant, String engineId, int tokens) {
    leases.getOrDefault(engineId, List.of()).forEach(lease -> lease.giveBack(tokens));
  }
}
