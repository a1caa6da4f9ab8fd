package io.penstock.engine.client;

/**
 * What one choice used. Times are nanoseconds of a monotonic clock on the engine's side, relative
 * to submission, so they can be compared across machines.
 *
 * @param promptTokens tokens of the prompt
 * @param cachedTokens prompt tokens whose keys and values were already there (a fork of {@code n})
 * @param completionTokens tokens generated, the end token included
 * @param queuedNanos from submission to the first step that computed something for it
 * @param firstTokenNanos from submission to the first token; 0 if there was none
 * @param totalNanos from submission to the end
 */
public record ChoiceStats(
    int promptTokens,
    int cachedTokens,
    int completionTokens,
    long queuedNanos,
    long firstTokenNanos,
    long totalNanos) {}
