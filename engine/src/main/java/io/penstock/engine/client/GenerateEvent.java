package io.penstock.engine.client;

import io.penstock.engine.core.FinishReason;

/** What happens to a request, in the order in which it happens. */
public sealed interface GenerateEvent {

  /**
   * One generated token. Text may lag behind tokens while a character is incomplete or could begin
   * a stop string; the {@code Finished} event carries what was held back.
   *
   * @param choice index below {@code n}
   * @param token id and, if asked for, log-probabilities
   * @param text what became certain with this token; may be empty
   */
  record Token(int choice, TokenLogprob token, String text) implements GenerateEvent {}

  /**
   * A choice ended.
   *
   * @param text text still held back, or empty
   * @param stopReason the stop string (String) or stop token id (Integer) that ended it, or null
   *     for the model's own end token and for other reasons
   * @param error why, when the reason is {@code ERROR}, else null
   * @param stats what the choice used
   */
  record Finished(
      int choice,
      FinishReason reason,
      String text,
      Object stopReason,
      String error,
      ChoiceStats stats)
      implements GenerateEvent {}

  /** The request was not taken; nothing was computed for it. */
  record Rejected(Cause cause, String message) implements GenerateEvent {
    /** Why a request is not taken. */
    public enum Cause {
      /** The queue is full; try again later. */
      QUEUE_FULL,
      /** It can never run: prompt and output do not fit the context or the KV cache. */
      TOO_LONG,
      /** The engine is stopping or broken. */
      UNAVAILABLE
    }
  }
}
