package io.penstock.api.gateway;

/**
 * How a request ended and what it used, by the engine's count and not by what the client read.
 *
 * @param ending the gravest of the choices'
 * @param cachedTokens prompt tokens that needed no computing
 * @param queuedNanos from submission to the first computing
 * @param firstTokenNanos from submission to the first token; 0 when there was none
 * @param totalNanos from submission to the end of the last choice
 */
public record Outcome(
    Ending ending,
    int promptTokens,
    int cachedTokens,
    int completionTokens,
    long queuedNanos,
    long firstTokenNanos,
    long totalNanos) {

  /** Mildest first. */
  public enum Ending {
    STOP,
    LENGTH,
    CANCELLED,
    ERROR,
    REJECTED
  }
}
