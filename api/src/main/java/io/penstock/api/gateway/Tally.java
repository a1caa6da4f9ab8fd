package io.penstock.api.gateway;

import io.penstock.engine.client.ChoiceStats;
import io.penstock.engine.core.FinishReason;

/** Adds the choices of one request up. Not thread-safe. */
final class Tally {
  private final int promptTokens;
  private Outcome.Ending gravest = Outcome.Ending.STOP;
  private int cachedTokens;
  private int completionTokens;
  private long queuedNanos = Long.MAX_VALUE;
  private long firstTokenNanos = Long.MAX_VALUE;
  private long totalNanos;
  private double computeNanos;
  private double kvByteSeconds;
  private String errorCode;

  Tally(int promptTokens) {
    this.promptTokens = promptTokens;
  }

  /**
   * @param ofPrompt whether the choice stands for its prompt: a prompt is counted once, however
   *     many choices fork from it
   */
  void add(Outcome.Ending ending, boolean ofPrompt, ChoiceStats stats) {
    gravest = ending.compareTo(gravest) > 0 ? ending : gravest;
    cachedTokens += ofPrompt ? stats.cachedTokens() : 0;
    completionTokens += stats.completionTokens();
    queuedNanos = Math.min(queuedNanos, stats.queuedNanos());
    if (stats.firstTokenNanos() > 0) {
      firstTokenNanos = Math.min(firstTokenNanos, stats.firstTokenNanos());
    }
    computeNanos += stats.computeNanos();
    kvByteSeconds += stats.kvByteNanos() / 1e9;
    totalNanos = Math.max(totalNanos, stats.totalNanos());
  }

  /** What the client is told of a refusal or of a budget's end; the first counts. */
  void refused(String code) {
    errorCode = errorCode == null ? code : errorCode;
  }

  Outcome outcome() {
    boolean computed = gravest != Outcome.Ending.REJECTED || completionTokens > 0;
    return new Outcome(
        gravest,
        computed ? promptTokens : 0,
        computed ? Math.min(cachedTokens, promptTokens) : 0,
        completionTokens,
        queuedNanos == Long.MAX_VALUE ? 0 : queuedNanos,
        firstTokenNanos == Long.MAX_VALUE ? 0 : firstTokenNanos,
        totalNanos,
        Math.round(computeNanos),
        kvByteSeconds,
        errorCode);
  }

  static Outcome.Ending ending(FinishReason reason) {
    return switch (reason) {
      case STOP -> Outcome.Ending.STOP;
      case LENGTH -> Outcome.Ending.LENGTH;
      case CANCELLED -> Outcome.Ending.CANCELLED;
      case ERROR -> Outcome.Ending.ERROR;
    };
  }
}
