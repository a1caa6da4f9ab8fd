package io.penstock.engine.sampling;

import io.penstock.engine.core.SamplingParams;
import java.util.List;
import java.util.Map;

/** Parameters for tests: everything off, temperature 1. */
final class SamplingParamsBuilder {
  double temperature = 1;
  double topP = 1;
  int topK;
  double minP;
  double repetition = 1;
  double presence;
  double frequency;
  Map<Integer, Float> bias = Map.of();
  int minTokens;
  int topLogprobs = -1;

  SamplingParamsBuilder truncation(int topK, double topP, double minP) {
    this.topK = topK;
    this.topP = topP;
    this.minP = minP;
    return this;
  }

  SamplingParamsBuilder temperature(double temperature) {
    this.temperature = temperature;
    return this;
  }

  SamplingParams build() {
    return new SamplingParams(
        temperature,
        topP,
        topK,
        minP,
        repetition,
        presence,
        frequency,
        bias,
        null,
        100,
        minTokens,
        List.of(),
        List.of(),
        false,
        1,
        topLogprobs >= 0,
        Math.max(0, topLogprobs),
        true,
        false);
  }

  SamplingState state(long seed, int... prompt) {
    return new SamplingState(build(), seed, 0, prompt, new int[] {2});
  }
}
