package io.penstock.api.gateway;

import io.penstock.api.platform.Caller;
import java.time.Instant;

/**
 * A request as limits and accounting see it.
 *
 * @param choices completions asked for: prompts times n
 * @param promptTokens of all prompts together
 * @param maxTokens most tokens that all choices together may generate
 */
public record RequestInfo(
    String requestId,
    Caller.Tenant caller,
    String model,
    String endpoint,
    boolean streamed,
    int choices,
    int promptTokens,
    long maxTokens,
    Urgency urgency,
    Instant receivedAt) {}
