package io.penstock.api.gateway;

import io.penstock.api.platform.Caller;
import java.time.Instant;

/**
 * A request as limits and accounting see it.
 *
 * @param choices completions asked for: prompts times n
 * @param promptTokens of all prompts together
 * @param longestPrompt tokens of the longest of them
 * @param maxTokens most tokens that all choices together may generate
 * @param maxTokensAsked whether the client said how many, or what the model has room for was taken
 */
public record RequestInfo(
    String requestId,
    Caller.Tenant caller,
    String model,
    String endpoint,
    boolean streamed,
    int choices,
    int promptTokens,
    int longestPrompt,
    long maxTokens,
    boolean maxTokensAsked,
    Urgency urgency,
    Instant receivedAt) {}
