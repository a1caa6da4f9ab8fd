package io.penstock.engine.core;

/** What those that wait to be computed wait for, as the last step was planned. */
public enum WaitCause {
  /** Nobody waits. */
  NONE,
  /** A place in the batch: as many sequences run as may. */
  PLACE,
  /** Blocks of the KV cache. */
  CACHE,
  /** Their turn: steps are full of the tokens of others. */
  STEP
}
