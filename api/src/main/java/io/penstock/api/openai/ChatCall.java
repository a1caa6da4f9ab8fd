package io.penstock.api.openai;

import io.penstock.api.gateway.GenerationCall;
import io.penstock.api.openai.tools.AnswerStyle;
import io.penstock.api.platform.ServiceTiers;

/**
 * A chat that is ready for the engine.
 *
 * @param style how its answers are to be read
 * @param endOfThoughts the token that ends thoughts, or -1
 */
public record ChatCall(GenerationCall generation, AnswerStyle style, int endOfThoughts) {

  /** Reads the answers, once. */
  public AnswerReader reader() {
    return new AnswerReader(style, generation.sampling().n(), endOfThoughts);
  }

  public String model() {
    return generation.model().id();
  }

  /** The tier that serves it, as answers name it. */
  public String serviceTier() {
    return ServiceTiers.name(generation.urgency().tier());
  }
}
