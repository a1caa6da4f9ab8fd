package io.penstock.engine.core;

/**
 * What tenants may still have generated: a lease that somebody else renews. Asked by the engine's
 * thread for every token that a step will generate, so it must answer from memory, at once.
 */
@FunctionalInterface
public interface TenantBudget {
  TenantBudget UNLIMITED = (_, _, _) -> true;

  /**
   * Takes tokens from a request's budget.
   *
   * @param requestId the request's own id, for budgets by request or key
   * @return false when it has fewer left: nothing is taken then, and the sequence ends
   */
  boolean tryTake(String tenant, String requestId, int tokens);

  /** Gives back tokens that were taken and then not generated. */
  default void giveBack(String tenant, String requestId, int tokens) {}
}
