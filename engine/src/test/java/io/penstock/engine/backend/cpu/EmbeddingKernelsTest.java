package io.penstock.engine.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.engine.backend.AttentionSpec;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.KvCacheSpec;
import io.penstock.engine.backend.Rope;
import io.penstock.engine.core.RopeConfig;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The operations of encoders: the scalar ones against known values, the others against them. */
class EmbeddingKernelsTest {
  private static final Kernels SCALAR = new ScalarKernels();
  private static final Kernels VECTOR = new VectorKernels();

  @Test
  void erfcIsKnown() {
    // Abramowitz and Stegun, tables 7.1 and 7.3
    assertThat(Erfc.of(0)).isEqualTo(1);
    assertThat(Erfc.of(0.5)).isCloseTo(1 - 0.5204998778, within(1e-10));
    assertThat(Erfc.of(1)).isCloseTo(1 - 0.8427007929, within(1e-10));
    assertThat(Erfc.of(-1)).isCloseTo(1 + 0.8427007929, within(1e-10));
    assertThat(Erfc.of(2)).isCloseTo(1 - 0.9953222650, within(1e-10));
    assertThat(Erfc.of(3)).isCloseTo(2.209049700e-5, within(1e-13));
    assertThat(Erfc.of(30)).isZero();
    for (double x = 1.5; x < 2.5; x += 0.01) { // where one formula takes over from the other
      double slope = (Erfc.of(x + 1e-5) - Erfc.of(x - 1e-5)) / 2e-5;
      assertThat(slope).isCloseTo(-2 / Math.sqrt(Math.PI) * Math.exp(-x * x), within(1e-8));
    }
  }

  @Test
  void geluTwinsAgree() {
    for (int n : new int[] {1, 7, 16, 33, 4096}) {
      float[] x = new float[n + 3];
      Random random = new Random(n);
      for (int i = 0; i < x.length; i++) {
        x[i] = n == 4096 ? -12 + 24f * i / n : (float) (random.nextGaussian() * 3);
      }
      float[] scalar = x.clone();
      float[] vector = x.clone();
      SCALAR.gelu(scalar, 3, n);
      VECTOR.gelu(vector, 3, n);
      for (int i = 0; i < x.length; i++) {
        assertThat(vector[i]).isCloseTo(scalar[i], within(1e-6f));
      }
      assertThat(Arrays.copyOf(scalar, 3)).isEqualTo(Arrays.copyOf(x, 3));
    }
    float[] known = {0, 1, -1, 3};
    SCALAR.gelu(known, 0, 4);
    float[] expected = {0, 0.8413447461f, -0.1586552539f, 2.9959503059f};
    for (int i = 0; i < 4; i++) {
      assertThat(known[i]).isCloseTo(expected[i], within(1e-6f));
    }
  }

  @Test
  void layerNormTwinsAgree() {
    for (int n : new int[] {1, 5, 16, 100, 384}) {
      Random random = new Random(n);
      float[] gain = gaussian(n, 1, random);
      float[] bias = gaussian(n, 1, random);
      float[] scalar = gaussian(n + 2, 5, random);
      for (int i = 0; i < scalar.length; i++) {
        scalar[i] += 40; // far from zero, where a sum of squares would cancel
      }
      float[] vector = scalar.clone();
      SCALAR.layerNorm(scalar, 2, gain, bias, 1e-12f);
      VECTOR.layerNorm(vector, 2, gain, bias, 1e-12f);
      for (int i = 0; i < scalar.length; i++) {
        assertThat(vector[i]).isCloseTo(scalar[i], within(2e-5f));
      }
    }
  }

  private static float[] gaussian(int n, double spread, Random random) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) (spread * random.nextGaussian());
    }
    return x;
  }

  /** Every query sees all of its sequence and nothing of the others. */
  @Test
  void bidirectionalAttentionTwinsAgree() {
    for (int[] lengths : List.of(new int[] {1}, new int[] {33}, new int[] {5, 16, 1, 40, 17})) {
      int heads = 3;
      int dim = 32;
      AttentionSpec spec = AttentionSpec.bidirectional(heads, dim);
      BatchLayout batch = batch(lengths);
      int columns = 3 * heads * dim;
      float[] qkv = gaussian(batch.numTokens() * columns, 1, new Random(7));
      float[] scalar = attention(SCALAR, batch, spec, qkv);
      float[] vector = attention(VECTOR, batch, spec, qkv);
      float[] naive = naive(lengths, heads, dim, qkv);
      for (int i = 0; i < scalar.length; i++) {
        assertThat(scalar[i]).isCloseTo(naive[i], within(1e-5f));
        assertThat(vector[i]).isCloseTo(naive[i], within(1e-5f));
      }
    }
  }

  private static BatchLayout batch(int[] lengths) {
    int total = IntStream.of(lengths).sum();
    int[] starts = new int[lengths.length + 1];
    int[] positions = new int[total];
    int[][] blocks = new int[lengths.length][];
    int block = 0;
    for (int s = 0; s < lengths.length; s++) {
      starts[s + 1] = starts[s] + lengths[s];
      for (int i = 0; i < lengths[s]; i++) {
        positions[starts[s] + i] = i;
      }
      int first = block;
      int count = Math.ceilDiv(lengths[s], 16);
      blocks[s] = IntStream.range(0, count).map(i -> first + count - 1 - i).toArray();
      block += count;
    }
    return new BatchLayout(new int[total], positions, starts, lengths, lengths, blocks, new int[0]);
  }

  private static float[] attention(
      Kernels kernels, BatchLayout batch, AttentionSpec spec, float[] qkv) {
    int width = spec.numHeads() * spec.headDim();
    try (Arena arena = Arena.ofShared();
        WorkerPool pool = new WorkerPool(2)) {
      CpuKvCache cache =
          new CpuKvCache(new KvCacheSpec(1, spec.numHeads(), spec.headDim(), 16, 16), arena);
      Step step = new Step(batch, new Rope(new RopeConfig(1, 0, false, new RopeConfig.None())));
      for (int t = 0; t < batch.numTokens(); t++) {
        int block = step.blocks(t)[step.position(t) / 16];
        cache.touch(block);
        for (int h = 0; h < spec.numHeads(); h++) {
          int key = t * 3 * width + width + h * spec.headDim();
          cache.write(block, step.position(t) % 16, 0, h, qkv, key, key + width);
        }
      }
      float[] out = new float[batch.numTokens() * width];
      kernels.attention(new AttentionCall(step, spec, cache, 0, qkv, 3 * width, out), pool);
      return out;
    }
  }

  private static float[] naive(int[] lengths, int heads, int dim, float[] qkv) {
    int width = heads * dim;
    float[] out = new float[qkv.length / 3];
    int start = 0;
    for (int length : lengths) {
      for (int t = start; t < start + length; t++) {
        for (int h = 0; h < heads; h++) {
          double total = 0;
          double[] sum = new double[dim];
          for (int j = start; j < start + length; j++) {
            double dot = 0;
            for (int d = 0; d < dim; d++) {
              dot +=
                  (double) qkv[t * 3 * width + h * dim + d]
                      * qkv[j * 3 * width + width + h * dim + d];
            }
            double weight = Math.exp(dot / Math.sqrt(dim));
            total += weight;
            for (int d = 0; d < dim; d++) {
              sum[d] += weight * qkv[j * 3 * width + 2 * width + h * dim + d];
            }
          }
          for (int d = 0; d < dim; d++) {
            out[t * width + h * dim + d] = (float) (sum[d] / total);
          }
        }
      }
      start += length;
    }
    return out;
  }
}
