package io.penstock.engine.sampling;

import java.util.Arrays;

/** Log-probabilities by the raw logits: before bias, penalties, temperature and truncation. */
final class Logprobs {
  private Logprobs() {}

  /** The token with its log-probability and the {@code top} best. */
  static Sampled of(int token, float[] logits, int top) {
    double logSumExp = logSumExp(logits);
    int[] ids = best(logits, Math.min(top, logits.length));
    double[] logprobs = new double[ids.length];
    for (int i = 0; i < ids.length; i++) {
      logprobs[i] = logits[ids[i]] - logSumExp;
    }
    return new Sampled(token, logits[token] - logSumExp, ids, logprobs);
  }

  static double logSumExp(float[] logits) {
    float max = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Exp.of(logit - max);
    }
    return max + Math.log(sum);
  }

  /**
   * The {@code count} best ids: higher logit first, then lower id. By insertion: count is small.
   */
  static int[] best(float[] logits, int count) {
    int[] ids = new int[count];
    int size = 0;
    for (int id = 0; id < logits.length && count > 0; id++) {
      if (size == count && !(logits[id] > logits[ids[size - 1]])) {
        continue;
      }
      int place = size < count ? size++ : count - 1;
      while (place > 0 && logits[id] > logits[ids[place - 1]]) {
        ids[place] = ids[--place];
      }
      ids[place] = id;
    }
    return Arrays.copyOf(ids, size);
  }
}
