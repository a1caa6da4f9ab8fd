package io.penstock.engine.runtime;

import io.penstock.engine.core.EmbeddingParams;
import java.util.Arrays;

/**
 * Hidden states of one text on their way to a vector. Sums are taken in double and in the order of
 * the tokens, so the result does not depend on how the text was cut into steps.
 */
final class PooledStates {
  private final EmbeddingParams params;
  private final double[] sum;
  private int states;

  /**
   * @param width components of a hidden state
   */
  PooledStates(EmbeddingParams params, int width) {
    this.params = params;
    this.sum = new double[width];
  }

  /** The next hidden state that is wanted. */
  void add(float[] state) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += state[i];
    }
    states++;
  }

  /** The embedding; null when it is not made of finite numbers. */
  float[] vector() {
    double[] cut = Arrays.copyOf(sum, params.dimensions());
    double squares = 0;
    for (int i = 0; i < cut.length; i++) {
      cut[i] /= states;
      squares += cut[i] * cut[i];
    }
    // As torch.nn.functional.normalize: a vector of zeros stays one.
    double length = params.normalize() ? Math.max(Math.sqrt(squares), 1e-12) : 1;
    float[] vector = new float[cut.length];
    for (int i = 0; i < cut.length; i++) {
      vector[i] = (float) (cut[i] / length);
    }
    return Double.isFinite(squares) ? vector : null;
  }
}
