package io.penstock.engine.sampling;

import io.penstock.engine.core.SamplingParams;
import java.util.Arrays;

/**
 * Chooses one token from one row of logits. Keeps its scratch memory from call to call; for one
 * thread at a time.
 *
 * <p>Temperature turns logits into weights {@code exp((logit - max) / temperature)}, the best of
 * them 1. Tokens below min-p are dropped; then all but the top k; then, of what is left, all but
 * the smallest set of best tokens that holds the share top-p. The order is vLLM's.
 *
 * <p>The vocabulary is never sorted. Tokens above a threshold are gathered, which is lowered until
 * they hold the k best or the nucleus; only they are sorted, by weight and, where equal, by id. All
 * sums run in a fixed order.
 */
final class RowSampler {
  /** How far the threshold falls from one attempt to gather enough tokens to the next. */
  private static final float THRESHOLD_STEP = 0x1p-8f;

  private float[] weights = {};
  private long[] candidates = {};

  /** The next token of a choice, or {@link Sampled#NONE} when the logits are not finite. */
  int sample(float[] logits, SamplingState state) {
    float[] adjusted = logits;
    if (state.adjusts() || !state.params().isGreedy()) {
      if (weights.length != logits.length) {
        weights = new float[logits.length];
      }
      adjusted = weights;
      System.arraycopy(logits, 0, adjusted, 0, logits.length);
      state.adjust(adjusted);
    }
    int best = argmax(adjusted);
    if (best == Sampled.NONE || adjusted[best] == Float.POSITIVE_INFINITY) {
      return Sampled.NONE;
    }
    return state.params().isGreedy() ? best : draw(adjusted[best], state);
  }

  /** The lowest id of the highest logit; {@link Sampled#NONE} if there is no number among them. */
  static int argmax(float[] logits) {
    int best = Sampled.NONE;
    float max = Float.NEGATIVE_INFINITY;
    for (int id = 0; id < logits.length; id++) {
      if (logits[id] > max) {
        max = logits[id];
        best = id;
      }
    }
    return best;
  }

  private int draw(float max, SamplingState state) {
    SamplingParams params = state.params();
    int eligible = weigh(max, params.temperature(), (float) params.minP());
    double total = sum(weights);
    if (!(total >= 1)) { // the best alone weighs 1, so a sum below is a NaN
      return Sampled.NONE;
    }
    boolean truncatesByK = params.topK() > 0 && params.topK() < eligible;
    if (!truncatesByK && params.topP() == 1) {
      return walk(state.uniform() * total);
    }
    int size;
    double kept;
    if (truncatesByK) {
      gatherCount(params.topK());
      size = params.topK();
      kept = mass(size);
    } else {
      size = gatherMass(params.topP() * total, eligible);
      kept = total;
    }
    return drawSorted(size, params.topP() * kept, state.uniform());
  }

  /**
   * Turns {@link #weights} from logits into weights, 0 below {@code floor}.
   *
   * @return how many are not 0
   */
  private int weigh(float max, double temperature, float floor) {
    // Neither 0 nor infinite: 0 * infinity is not a number.
    float inverse = (float) Math.clamp(1 / temperature, Float.MIN_NORMAL, Float.MAX_VALUE);
    int eligible = 0;
    for (int id = 0; id < weights.length; id++) {
      float weight = Exp.of((weights[id] - max) * inverse);
      weight = weight < floor ? 0 : weight;
      eligible += weight > 0 ? 1 : 0;
      weights[id] = weight;
    }
    return eligible;
  }

  /** Four sums, so that additions need not wait for each other. */
  private static double sum(float[] values) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = 0;
    for (; i + 3 < values.length; i += 4) {
      a += values[i];
      b += values[i + 1];
      c += values[i + 2];
      d += values[i + 3];
    }
    for (; i < values.length; i++) {
      a += values[i];
    }
    return a + b + (c + d);
  }

  /** Sorts the best tokens into {@link #candidates}, at least {@code count} of them. */
  private void gatherCount(int count) {
    float threshold = THRESHOLD_STEP;
    int size = gather(threshold);
    while (size < count) {
      threshold *= THRESHOLD_STEP; // ends at 0, which gathers all
      size = gather(threshold);
    }
    Arrays.sort(candidates, 0, size);
  }

  /** Sorts the best tokens into {@link #candidates}, such that they hold {@code mass}. */
  private int gatherMass(double mass, int eligible) {
    float threshold = THRESHOLD_STEP;
    int size = gather(threshold);
    while (size < eligible && mass(size) < mass) {
      threshold *= THRESHOLD_STEP;
      size = gather(threshold);
    }
    Arrays.sort(candidates, 0, size);
    return size;
  }

  /** Collects the tokens of at least this weight as sort keys; answers how many. */
  private int gather(float threshold) {
    int size = 0;
    for (int id = 0; id < weights.length; id++) {
      float weight = weights[id];
      if (weight >= threshold && weight > 0) {
        if (size == candidates.length) {
          candidates = Arrays.copyOf(candidates, Math.max(1024, 2 * size));
        }
        // Bits of positive floats are ordered as the floats; inverted, the heaviest comes first.
        long descending = Integer.MAX_VALUE - Float.floatToRawIntBits(weight);
        candidates[size++] = descending << 32 | id;
      }
    }
    return size;
  }

  private double mass(int size) {
    double mass = 0;
    for (int i = 0; i < size; i++) {
      mass += weights[(int) candidates[i]];
    }
    return mass;
  }

  private int drawSorted(int size, double nucleusMass, double uniform) {
    double mass = 0;
    int nucleus = 0;
    while (nucleus < size && (nucleus == 0 || mass < nucleusMass)) {
      mass += weights[(int) candidates[nucleus++]];
    }
    double target = uniform * mass;
    double sum = 0;
    for (int i = 0; i < nucleus - 1; i++) {
      sum += weights[(int) candidates[i]];
      if (target < sum) {
        return (int) candidates[i];
      }
    }
    return (int) candidates[nucleus - 1];
  }

  /** Without truncation no order is needed: the first id at which the sum passes the target. */
  private int walk(double target) {
    double sum = 0;
    int last = Sampled.NONE;
    for (int id = 0; id < weights.length; id++) {
      if (weights[id] != 0) {
        sum += weights[id];
        last = id;
        if (target < sum) {
          return id;
        }
      }
    }
    return last; // by rounding, the sum ended just below the target
  }
}
