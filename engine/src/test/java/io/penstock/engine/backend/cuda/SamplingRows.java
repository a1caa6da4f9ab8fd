package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.SamplingRow;

/** Rows for tests. */
final class SamplingRows {
  private static final int[] NONE = {};

  private SamplingRows() {}

  static SamplingRow greedy() {
    return plain(0, false, 0);
  }

  static SamplingRow greedy(int topLogprobs) {
    return plain(0, true, topLogprobs);
  }

  static SamplingRow plain(double temperature, boolean logprobs, int topLogprobs) {
    return new SamplingRow(
        temperature,
        0,
        1,
        0,
        1,
        0,
        0,
        0,
        0,
        0,
        logprobs,
        topLogprobs,
        NONE,
        new float[0],
        NONE,
        NONE,
        NONE,
        false,
        null);
  }

  /** Everything set; {@code n} tokens biased, suppressed and counted each. */
  static SamplingRow full(int n, int[] allowed) {
    int[] ids = new int[n];
    float[] biases = new float[n];
    int[] counts = new int[n];
    for (int i = 0; i < n; i++) {
      ids[i] = 3 * i + 1;
      biases[i] = i + 0.5f;
      counts[i] = 10 * i;
    }
    return new SamplingRow(
        0.5,
        40,
        0.9,
        0.05,
        1.25,
        -0.5,
        0.75,
        0x1122334455667788L,
        3,
        1000,
        true,
        20,
        ids,
        biases,
        ids,
        ids,
        counts,
        true,
        allowed);
  }
}
