package io.penstock.bench.model;

import io.penstock.bench.model.TensorPlan.Kind;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Normally distributed numbers to cut random weights from. */
final class NormalTile {
  private static final int SIZE = 1 << 23;
  private static final int BLOCK = 1 << 16;
  private static final int LONGEST_RUN = 1_500; // well below a row of a large matrix
  private static final double HEAD_SPREAD = 0.8; // standard deviation of ln(length) of its rows

  private final float[] numbers = new float[SIZE];

  NormalTile(long seed) {
    IntStream.range(0, SIZE / BLOCK)
        .parallel()
        .forEach(
            block -> {
              SplittableRandom random = new SplittableRandom(seed * 31 + block);
              for (int i = block * BLOCK; i < (block + 1) * BLOCK; i++) {
                numbers[i] = (float) random.nextGaussian();
              }
            });
  }

  /**
   * Fills a part of a tensor.
   *
   * @param values as 16-bit patterns
   * @param count how many of them
   * @param from first element of the tensor
   * @param bfloat16 or else IEEE half
   */
  void fill(short[] values, int count, TensorPlan tensor, long from, long seed, boolean bfloat16) {
    SplittableRandom random = new SplittableRandom(seed);
    int at = 0;
    while (at < count) {
      int toRowEnd = (int) (tensor.columns() - (from + at) % tensor.columns());
      int run = Math.min(random.nextInt(LONGEST_RUN / 2, LONGEST_RUN), toRowEnd);
      run = Math.min(run, count - at);
      float scale = tensor.deviation();
      if (tensor.kind() == Kind.HEAD) {
        scale *= rowLength((from + at) / tensor.columns());
      }
      int source = random.nextInt(SIZE - run);
      if (bfloat16) {
        toBfloat16(values, at, run, source, scale, tensor.mean());
      } else {
        toHalf(values, at, run, source, scale, tensor.mean());
      }
      at += run;
    }
  }

  private static float rowLength(long row) {
    return (float) Math.exp(HEAD_SPREAD * new SplittableRandom(row).nextGaussian());
  }

  private void toBfloat16(short[] values, int at, int run, int source, float scale, float mean) {
    for (int i = 0; i < run; i++) {
      int bits = Float.floatToRawIntBits(numbers[source + i] * scale + mean);
      values[at + i] = (short) ((bits + 0x8000) >>> 16); // to nearest; halfway cases up
    }
  }

  private void toHalf(short[] values, int at, int run, int source, float scale, float mean) {
    for (int i = 0; i < run; i++) {
      values[at + i] = Float.floatToFloat16(numbers[source + i] * scale + mean);
    }
  }
}
