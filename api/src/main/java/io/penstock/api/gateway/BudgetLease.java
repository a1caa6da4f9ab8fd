package io.penstock.api.gateway;

import io.penstock.api.platform.error.OpenAiError;

/**
 * What a request may still have generated, held in memory: the engine's thread asks for every token
 * that a step will compute, so the answer must come at once, without a database and without waiting
 * for another thread's work. Whoever gives the lease renews it from elsewhere.
 */
public interface BudgetLease {

  /**
   * @return false when fewer are left: nothing is taken then, and the choice ends with {@code
   *     finish_reason: "length"} and {@link #ended}
   */
  boolean tryTake(int tokens);

  /** Gives back tokens that were taken and then not generated. */
  void giveBack(int tokens);

  /** What the client is told of the end. */
  OpenAiError.Body ended();
}
