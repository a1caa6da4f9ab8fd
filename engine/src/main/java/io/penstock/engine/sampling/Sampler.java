package io.penstock.engine.sampling;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.DeviceBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Samples all rows of a step, in parallel on the backend's host threads. A row's result depends on
 * its logits and its state only.
 */
public final class Sampler {
  private final Backend backend;
  private final int vocabSize;
  private final List<float[]> rows = new ArrayList<>(); // grow to the largest batch seen
  private final List<RowSampler> samplers = new ArrayList<>();

  public Sampler(Backend backend, int vocabSize) {
    this.backend = backend;
    this.vocabSize = vocabSize;
  }

  /**
   * @param logits (rows, vocab); row i belongs to {@code states.get(i)}
   * @return a token for each state; the states are not changed
   */
  public Sampled[] sample(DeviceBuffer logits, List<SamplingState> states) {
    int count = states.size();
    read(logits, count);
    Sampled[] sampled = new Sampled[count];
    backend.parallel(count, i -> sampled[i] = sample(rows.get(i), samplers.get(i), states.get(i)));
    return sampled;
  }

  /** The best token of each of the first {@code count} rows. */
  public int[] greedy(DeviceBuffer logits, int count) {
    read(logits, count);
    int[] best = new int[count];
    backend.parallel(count, i -> best[i] = RowSampler.argmax(rows.get(i)));
    return best;
  }

  /**
   * @param logits (tokens, vocab)
   * @param top best alternatives to tell with each
   * @return each token with its log-probability in its row
   */
  public Sampled[] score(DeviceBuffer logits, int[] tokens, int top) {
    read(logits, tokens.length);
    Sampled[] scored = new Sampled[tokens.length];
    backend.parallel(tokens.length, i -> scored[i] = Logprobs.of(tokens[i], rows.get(i), top));
    return scored;
  }

  private void read(DeviceBuffer logits, int count) {
    while (rows.size() < count) {
      rows.add(new float[vocabSize]);
      samplers.add(new RowSampler());
    }
    for (int i = 0; i < count; i++) {
      backend.readRow(logits, i, rows.get(i));
    }
  }

  private static Sampled sample(float[] logits, RowSampler sampler, SamplingState state) {
    int token = sampler.sample(logits, state);
    return token == Sampled.NONE || !state.params().logprobs()
        ? Sampled.of(token)
        : Logprobs.of(token, logits, state.params().topLogprobs());
  }
}
