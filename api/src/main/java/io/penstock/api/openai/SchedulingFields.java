package io.penstock.api.openai;

/** Fields that say how urgent a request is; null where the request leaves them out. */
interface SchedulingFields {
  /**
   * The tiers that a request may name: OpenAI's, {@code fast} being its other word for priority.
   */
  String TIERS = "auto, default, flex, priority";

  String serviceTier();

  /** As in vLLM: lower first. */
  Integer priority();
}
