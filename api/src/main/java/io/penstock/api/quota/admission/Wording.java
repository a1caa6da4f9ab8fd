package io.penstock.api.quota.admission;

import io.penstock.api.gateway.RequestInfo;
import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;

/** Limits in words, as OpenAI has them. */
final class Wording {
  private Wording() {}

  /** Whom the limit is on, such as {@code organization acme}. */
  static String whose(Bound bound, RequestInfo request) {
    return switch (bound.scope()) {
      case ORGANIZATION -> "organization " + request.caller().tenantName();
      case PROJECT -> "project " + request.caller().projectId();
      default -> "API key " + request.caller().keyId();
    };
  }

  /** What it limits, such as {@code tokens per min (TPM)}. */
  static String what(LimitKind kind) {
    return switch (kind) {
      case REQUESTS_PER_MINUTE -> "requests per min (RPM)";
      case REQUESTS_PER_DAY -> "requests per day (RPD)";
      case TOKENS_PER_MINUTE -> "tokens per min (TPM)";
      case TOKENS_PER_DAY -> "tokens per day (TPD)";
      case TOKENS_PER_MONTH -> "tokens per month";
      case OUTPUT_TOKENS_PER_MINUTE -> "output tokens per min";
      case SPEND_PER_DAY -> "spend per day";
      case SPEND_PER_MONTH -> "spend per month";
      case CONCURRENT_REQUESTS -> "concurrent requests";
      case MAX_CONTEXT_TOKENS -> "context tokens";
      case MAX_OUTPUT_TOKENS -> "output tokens";
      case CREDIT -> "credit";
    };
  }

  /** OpenAI's class of what there is too much of. */
  static String type(LimitKind kind) {
    return switch (kind) {
      case REQUESTS_PER_MINUTE, REQUESTS_PER_DAY, CONCURRENT_REQUESTS -> "requests";
      default -> "tokens";
    };
  }

  /** OpenAI's code of a budget that is used up. */
  static String code(Bound bound) {
    boolean organization = bound.scope() == LimitScope.ORGANIZATION;
    return switch (bound.kind()) {
      case CREDIT -> "credit_balance_exhausted";
      case SPEND_PER_DAY, SPEND_PER_MONTH ->
          organization ? "organization_spend_limit_exceeded" : "project_spend_limit_exceeded";
      default -> "organization_usage_limit_exceeded";
    };
  }
}
