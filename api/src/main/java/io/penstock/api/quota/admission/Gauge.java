package io.penstock.api.quota.admission;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.quota.window.Counter;

/** Reads a counter as a limit sees it. */
public final class Gauge {
  private Gauge() {}

  /** Used in the window that runs. */
  public static long used(LimitKind kind, Counter counter) {
    return switch (kind) {
      case REQUESTS_PER_MINUTE -> counter.requests().sum();
      case REQUESTS_PER_DAY -> counter.day().requests();
      case TOKENS_PER_MINUTE -> counter.tokens().sum();
      case TOKENS_PER_DAY -> counter.day().tokens();
      case TOKENS_PER_MONTH -> counter.month().tokens();
      case OUTPUT_TOKENS_PER_MINUTE -> counter.output().sum();
      case SPEND_PER_DAY -> counter.day().money();
      case SPEND_PER_MONTH -> counter.month().money();
      case CREDIT -> -counter.balance();
      case CONCURRENT_REQUESTS, MAX_CONTEXT_TOKENS, MAX_OUTPUT_TOKENS -> 0;
    };
  }

  /** Held by requests that run. */
  public static long held(LimitKind kind, Counter counter) {
    return switch (kind) {
      case TOKENS_PER_MINUTE, TOKENS_PER_DAY, TOKENS_PER_MONTH -> counter.held().tokens();
      case OUTPUT_TOKENS_PER_MINUTE -> counter.held().output();
      case SPEND_PER_DAY, SPEND_PER_MONTH, CREDIT -> counter.held().money();
      case CONCURRENT_REQUESTS -> counter.running();
      case REQUESTS_PER_MINUTE, REQUESTS_PER_DAY, MAX_CONTEXT_TOKENS, MAX_OUTPUT_TOKENS -> 0;
    };
  }

  /** What a request takes of it when its output may be that long; never falls with the output. */
  static long need(LimitKind kind, Demand demand, long output) {
    return switch (kind) {
      case REQUESTS_PER_MINUTE, REQUESTS_PER_DAY, CONCURRENT_REQUESTS -> 1;
      case TOKENS_PER_MINUTE, TOKENS_PER_DAY, TOKENS_PER_MONTH -> demand.promptTokens() + output;
      case OUTPUT_TOKENS_PER_MINUTE -> output;
      case SPEND_PER_DAY, SPEND_PER_MONTH, CREDIT ->
          demand.price().most(demand.promptTokens(), output);
      case MAX_CONTEXT_TOKENS, MAX_OUTPUT_TOKENS -> 0;
    };
  }

  /** Whether it is about money or a calendar window's tokens: a budget, not a rate. */
  static boolean isBudget(LimitKind kind) {
    return switch (kind) {
      case TOKENS_PER_DAY, TOKENS_PER_MONTH, SPEND_PER_DAY, SPEND_PER_MONTH, CREDIT -> true;
      default -> false;
    };
  }
}
