package io.penstock.api.quota.admission;

import io.penstock.api.gateway.RequestInfo;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.error.OpenAiError;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.springframework.http.HttpStatus;

/** What a client is told of a limit, in OpenAI's words. */
public final class RefusalAnswer {
  private static final String BUDGET = "insufficient_quota";

  private RefusalAnswer() {}

  /** 429 for a request that was refused. */
  public static ApiException of(RequestInfo request, Verdict.Refused refused) {
    Bound bound = refused.bound();
    ApiException answer =
        Gauge.isBudget(bound.kind())
            ? ApiException.of(
                HttpStatus.TOO_MANY_REQUESTS,
                BUDGET,
                Wording.code(bound),
                null,
                message(request, refused))
            : ApiException.of(
                HttpStatus.TOO_MANY_REQUESTS,
                Wording.type(bound.kind()),
                ApiException.RATE_LIMIT,
                null,
                message(request, refused));
    // A budget that is used up is nothing to wait for, were it the last minute of the month:
    // clients
    // would try all at once. What running requests only hold is.
    boolean wait =
        refused.retryAfter() != null && (refused.heldOnly() || !Gauge.isBudget(bound.kind()));
    return wait ? answer.retryAfter(refused.retryAfter()) : answer.noRetry();
  }

  /** What the choice says that a limit has ended. */
  public static OpenAiError.Body ended(RequestInfo request, Bound bound, long used) {
    boolean budget = Gauge.isBudget(bound.kind());
    return new OpenAiError.Body(
        String.format(
            Locale.ROOT,
            "%s reached for %s in %s on %s: Limit %d, Used %d.",
            budget ? "Budget" : "Rate limit",
            request.model(),
            Wording.whose(bound, request),
            Wording.what(bound.kind()),
            bound.value(),
            used),
        budget ? BUDGET : Wording.type(bound.kind()),
        null,
        budget ? Wording.code(bound) : ApiException.RATE_LIMIT);
  }

  private static String message(RequestInfo request, Verdict.Refused refused) {
    Bound bound = refused.bound();
    String numbers =
        String.format(
            Locale.ROOT,
            "%s in %s on %s: Limit %d, Used %d, Requested %d.",
            request.model(),
            Wording.whose(bound, request),
            Wording.what(bound.kind()),
            bound.value(),
            refused.used(),
            refused.requested());
    if (Gauge.isBudget(bound.kind())) {
      return "You exceeded your budget for "
          + numbers
          + (refused.resets() == null
              ? " Please add credit or ask for a higher limit."
              : " It resets at " + refused.resets().truncatedTo(ChronoUnit.SECONDS) + ".");
    }
    if (refused.retryAfter() == null) {
      return "Request too large for "
          + numbers
          + " The input or output tokens must be reduced in order to run successfully.";
    }
    return "Rate limit reached for "
        + numbers
        + String.format(
            Locale.ROOT, " Please try again in %s.", Durations.text(refused.retryAfter()));
  }
}
