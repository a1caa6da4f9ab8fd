package io.penstock.api.prompts;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * Texts of a request as they are kept.
 *
 * @param at when the request came
 * @param prompts as the model read them, cut; completions may have several
 * @param answers of each choice, cut
 * @param promptBytes of all prompts before they were cut, in UTF-8
 * @param answerBytes of all answers likewise
 */
record StoredPrompt(
    String requestId,
    UUID tenantId,
    UUID projectId,
    Instant at,
    List<String> prompts,
    List<String> answers,
    long promptBytes,
    long answerBytes) {}
