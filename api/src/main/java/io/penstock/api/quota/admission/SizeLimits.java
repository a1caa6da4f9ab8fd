package io.penstock.api.quota.admission;

import io.penstock.api.gateway.RequestInfo;
import io.penstock.api.platform.error.ApiException;

/**
 * How large a single request may be.
 *
 * @param context longest prompt plus output of a choice; null for the model's own
 * @param output longest output of a choice; null for what the context allows
 */
public record SizeLimits(Bound context, Bound output) {
  public static final SizeLimits NONE = new SizeLimits(null, null);

  /**
   * The most tokens that each choice may have. What a client did not ask for is cut to what is
   * allowed; what it asked for is refused if that is more.
   *
   * @throws ApiException 400 that names the limit
   */
  public long maxTokens(RequestInfo request) {
    long wanted = request.maxTokens() / request.choices();
    long allowed = wanted;
    if (context != null) {
      long room = context.value() - request.longestPrompt();
      if (room < Math.min(1, wanted) || (room < wanted && request.maxTokensAsked())) {
        throw tooLong(request, wanted);
      }
      allowed = Math.min(allowed, room);
    }
    if (output != null && output.value() < allowed) {
      if (request.maxTokensAsked() || output.value() < 1) {
        throw ApiException.invalid(
            "max_tokens",
            "max_output_exceeded",
            "Your %s may generate at most %d tokens in a choice, but you requested %d."
                .formatted(Wording.whose(output, request), output.value(), wanted));
      }
      allowed = output.value();
    }
    return allowed;
  }

  private ApiException tooLong(RequestInfo request, long wanted) {
    return ApiException.invalid(
        wanted == 0 ? "input" : "messages",
        "context_length_exceeded",
        "The maximum context length of your %s is %d tokens. However, you requested %d tokens (%d in the prompt, %d in the completion)."
            .formatted(
                Wording.whose(context, request),
                context.value(),
                request.longestPrompt() + (request.maxTokensAsked() ? wanted : 1),
                request.longestPrompt(),
                request.maxTokensAsked() ? wanted : 1));
  }
}
