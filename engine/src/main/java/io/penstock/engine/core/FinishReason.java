package io.penstock.engine.core;

/** Why a completion ended. */
public enum FinishReason {
  /** An end token, a stop token id or a stop string. */
  STOP,
  /** {@code max_tokens} or the model's context was reached. */
  LENGTH,
  /** The caller cancelled it. */
  CANCELLED,
  /** The engine could not go on; the event says why. */
  ERROR
}
