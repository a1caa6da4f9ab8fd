package io.penstock.engine.sampling;

import io.penstock.engine.backend.SamplingRow;
import io.penstock.engine.core.SamplingParams;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Samples a device's row on the host: the state that the row was made of is put together again. */
public final class HostRowSampler {
  private HostRowSampler() {}

  /**
   * @param input the token that the row was computed from
   */
  public static Sampled sample(SamplingRow row, float[] logits, int input) {
    Map<Integer, Float> bias = new TreeMap<>();
    for (int i = 0; i < row.biasIds().length; i++) {
      bias.put(row.biasIds()[i], row.biases()[i]);
    }
    SamplingParams params =
        new SamplingParams(
            row.temperature(),
            row.topP(),
            row.topK(),
            row.minP(),
            row.repetitionPenalty(),
            row.presencePenalty(),
            row.frequencyPenalty(),
            bias,
            row.seed(),
            row.position() + 1,
            row.suppressedIds().length > 0 ? row.position() + 1 : 0,
            List.of(),
            List.of(),
            true,
            1,
            row.logprobs(),
            row.topLogprobs(),
            true,
            false);
    SamplingState state =
        new SamplingState(params, row.seed(), row.choice(), row.countIds(), row.suppressedIds());
    for (int i = 0; i < row.countIds().length; i++) {
      for (int n = 0; n < row.counts()[i]; n++) {
        state.accept(row.countIds()[i]);
      }
    }
    if (row.addInput()) {
      state.accept(input);
    }
    while (state.generated() < row.position() && !row.hasPenalties()) {
      state.accept(0); // without penalties only their number matters
    }
    if (state.generated() != row.position()) {
      throw new IllegalStateException(
          "%d tokens are counted before place %d".formatted(state.generated(), row.position()));
    }
    int token = new RowSampler().sample(allowed(row, logits), state);
    return token == Sampled.NONE || !row.logprobs()
        ? Sampled.of(token)
        : Logprobs.of(token, logits, row.topLogprobs());
  }

  /** What nothing is added to stays at minus infinity. */
  private static float[] allowed(SamplingRow row, float[] logits) {
    if (row.allowed() == null) {
      return logits;
    }
    float[] masked = logits.clone();
    for (int id = 0; id < masked.length; id++) {
      if ((row.allowed()[id / 32] >>> id % 32 & 1) == 0) {
        masked[id] = Float.NEGATIVE_INFINITY;
      }
    }
    return masked;
  }
}
