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
 * <p>The vocabulary is never sorted. A histogram of the weights over powers of two says which
 * powers hold the k best, or the nucleus; only tokens above that are gathered and sorted, by weight
 * and, where equal, by id. All sums run in a fixed order.
 */
final class RowSampler {
  private static final int BINS = 128; // exponents of floats from 1 down to the denormals

  private float[] weights = {};
  private long[] candidates = {};
  private final int[] counts = new int[BINS];
  private final double[] masses = new double[BINS];

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
    double total = weigh(max, params.temperature(), (float) params.minP());
    if (!(total >= 1)) { // the best alone weighs 1, so a sum below is a NaN
      return Sampled.NONE;
    }
    int eligible = Arrays.stream(counts).sum();
    int topK = params.topK() == 0 ? eligible : Math.min(params.topK(), eligible);
    if (topK == eligible && params.topP() == 1) {
      return walk(state.uniform() * total);
    }
    boolean truncatesByK = topK < eligible;
    int size = gather(lastBin(truncatesByK ? topK : eligible, params.topP() * total, truncatesByK));
    Arrays.sort(candidates, 0, size);
    size = Math.min(size, topK);
    double kept = truncatesByK ? mass(size) : total;
    return drawSorted(size, params.topP() * kept, state.uniform());
  }

  /**
   * Turns {@link #weights} from logits into weights, 0 below {@code floor}; fills the histogram.
   */
  private double weigh(float max, double temperature, float floor) {
    Arrays.fill(counts, 0);
    Arrays.fill(masses, 0);
    for (int id = 0; id < weights.length; id++) {
      float weight = (float) Math.exp((weights[id] - max) / temperature);
      if (weight < floor) {
        weight = 0;
      }
      weights[id] = weight;
      if (weight != 0) {
        int bin = bin(weight);
        counts[bin]++;
        masses[bin] += weight;
      }
    }
    double total = 0;
    for (double mass : masses) {
      total += mass;
    }
    return total;
  }

  /** 0 for weight 1, b for weights in [2^-b, 2^(1-b)), the last for denormals. */
  private static int bin(float weight) {
    return Math.clamp(127 - (Float.floatToRawIntBits(weight) >>> 23), 0, BINS - 1);
  }

  /** The last bin of those that together hold {@code count} tokens, or the mass. */
  private int lastBin(int count, double mass, boolean byCount) {
    int tokens = 0;
    double sum = 0;
    int bin = -1;
    do {
      bin++;
      tokens += counts[bin];
      sum += masses[bin];
    } while (bin < BINS - 1 && tokens < count && (byCount || sum < mass));
    return bin;
  }

  /** Collects the tokens of bins 0 to {@code lastBin} as sort keys; answers how many. */
  private int gather(int lastBin) {
    int size = 0;
    for (int bin = 0; bin <= lastBin; bin++) {
      size += counts[bin];
    }
    if (candidates.length < size) {
      candidates = new long[Math.max(size, candidates.length * 2)];
    }
    int next = 0;
    for (int id = 0; id < weights.length; id++) {
      float weight = weights[id];
      if (weight != 0 && bin(weight) <= lastBin) {
        // Bits of positive floats are ordered as the floats; inverted, the heaviest comes first.
        long descending = Integer.MAX_VALUE - Float.floatToRawIntBits(weight);
        candidates[next++] = descending << 32 | id;
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
