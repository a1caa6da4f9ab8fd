package io.penstock.api.gateway;

import java.util.Optional;
import java.util.function.BiConsumer;
import reactor.core.publisher.Mono;

/**
 * Asked before a request goes to an engine and told how it ended. Implemented by the features that
 * limit and account, which therefore need not know each other.
 */
public interface AdmissionPort {

  /** A ticket, or the error that refuses the request. */
  Mono<Ticket> admit(RequestInfo request);

  /**
   * An admitted request. Exactly one of {@link #settle} and {@link #release} is called, once, on
   * any thread.
   */
  interface Ticket {
    /** What limits the request's tokens while it runs, if anything does. */
    default Optional<BudgetLease> lease() {
      return Optional.empty();
    }

    /** The most tokens that each choice may have; no more than the request asks for. */
    default long maxTokens() {
      return Long.MAX_VALUE;
    }

    /**
     * What the answer's headers are to say.
     *
     * @param header takes name and value
     */
    default void headers(BiConsumer<String, String> header) {}

    /**
     * The engine has generated tokens. Called by its thread for each step: must come back at once.
     */
    default void generated(int tokens) {}

    /** The request ended. Must not block and cannot fail: what it needs was taken at admission. */
    void settle(RequestInfo request, Outcome outcome);

    /** The request never reached the engine. */
    void release();
  }
}
