package io.penstock.engine.client;

import io.penstock.engine.core.FinishReason;
import java.util.List;

/** What happens to a request, in the order in which it happens. */
public sealed interface GenerateEvent {

  /**
   * One generated token. Text may lag behind tokens while a character is incomplete or could begin
   * a stop string; the {@code Finished} event carries what was held back.
   *
   * @param choice index below {@code n}
   * @param token id and, if asked for, log-probabilities
   * @param text what became certain with this token; may be empty
   * @param computeNanos the choice's part of the device's time so far, as {@link
   *     ChoiceStats#computeNanos}; that of the step that made this token comes with a later one
   */
  record Token(int choice, TokenLogprob token, String text, double computeNanos)
      implements GenerateEvent {

    /** Without metering. */
    public Token(int choice, TokenLogprob token, String text) {
      this(choice, token, text, 0);
    }
  }

  /**
   * The prompt's log-probabilities, if asked for: comes once, before the first token of any choice.
   *
   * @param tokens of the prompt, in their order; the first, which nothing stands before, has NaN
   *     and no alternatives
   */
  record Prompt(List<TokenLogprob> tokens) implements GenerateEvent {}

  /**
   * A choice ended.
   *
   * @param text text still held back, or empty
   * @param stopReason the stop string (String) or stop token id (Integer) that ended it, or null
   *     for the model's own end token and for other reasons
   * @param error why, when the reason is {@code ERROR}; {@link #BUDGET_ENDED} when the tenant's
   *     budget ended it, with the reason {@code LENGTH}; else null
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

  /**
   * An input was embedded: its terminal event. One that fails or is cancelled is {@link Finished}.
   *
   * @param input index in the request
   * @param vector its embedding, as asked for
   * @param stats what the input used
   */
  record Embedded(int input, float[] vector, ChoiceStats stats) implements GenerateEvent {}

  /**
   * {@link Finished#error} of an answer that the tenant's budget cut short: OpenAI's error code.
   */
  String BUDGET_ENDED = "insufficient_quota";

  /**
   * The request was not taken, or was given up while it waited; nothing was computed for it.
   *
   * @param retryAfterNanos estimated time until it would be taken, if others send no more; 0 if
   *     that is not known
   */
  record Rejected(Cause cause, String message, long retryAfterNanos) implements GenerateEvent {
    public Rejected(Cause cause, String message) {
      this(cause, message, 0);
    }

    /** Why a request is not taken. */
    public enum Cause {
      /** The queue is full; try again later. */
      QUEUE_FULL,
      /** As many requests of this tenant wait as may; others are still taken. */
      TENANT_QUEUE_FULL,
      /** Requests of as many tokens of this tenant wait as may; shorter ones are still taken. */
      TENANT_QUEUE_TOKENS_FULL,
      /** It could not be answered before its deadline. */
      DEADLINE,
      /** It can never run: prompt and output do not fit the context or the KV cache. */
      TOO_LONG,
      /** The engine is stopping or broken. */
      UNAVAILABLE
    }
  }
}
