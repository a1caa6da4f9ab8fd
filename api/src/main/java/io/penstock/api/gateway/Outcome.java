package io.penstock.api.gateway;

/**
 * How a request ended and what it used, by the engine's count and not by what the client read.
 *
 * @param ending the gravest of the choices'
 * @param cachedTokens prompt tokens that needed no computing
 * @param queuedNanos from submission to the first computing
 * @param firstTokenNanos from submission to the first token; 0 when there was none
 * @param totalNanos from submission to the end of the last choice
 * @param computeNanos its part of the time of the engine's steps
 * @param kvByteSeconds KV cache that it held, over time
 * @param errorCode what the client was told if it was refused or a budget ended it, else null
 */
public record Outcome(
    Ending ending,
    int promptTokens,
    int cachedTokens,
    int completionTokens,
    long queuedNanos,
    long firstTokenNanos,
    long totalNanos,
    long computeNanos,
    double kvByteSeconds,
    String errorCode) {

  /** Mildest first. */
  public enum Ending {
    STOP,
    LENGTH,
    CANCELLED,
    ERROR,
    REJECTED
  }
}
