package io.penstock.engine.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.core.DType;
import io.penstock.engine.core.TensorView;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The packed layout against its scalar twin, and its promise of batch invariance. */
class PackedMatrixTest {
  private final Arena arena = Arena.ofShared();
  private final WorkerPool pool = new WorkerPool(2);
  private final Random random = new Random(7);

  @AfterEach
  void close() {
    pool.close();
    arena.close();
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void agreesWithTheScalarTwinAtOddShapes(DType dtype) {
    int step = dtype.blockElements();
    int[] columns = step == 1 ? new int[] {1, 31, 96, 172, 300} : new int[] {step, 3 * step};
    for (int k : columns) {
      for (int rows : new int[] {1, 15, 16, 49, 130}) {
        TensorView weights = RandomTensors.of(dtype, rows, k, random);
        for (int tokens : new int[] {1, 2, 3, 4, 5, 7, 8, 9, 17}) {
          check(List.of(weights), null, tokens);
        }
      }
    }
  }

  @Test
  void stacksPartsOfDifferentTypesWithBiases() {
    List<TensorView> parts =
        List.of(
            RandomTensors.of(DType.Q4_K, 40, 256, random),
            RandomTensors.of(DType.Q6_K, 8, 256, random),
            RandomTensors.of(DType.F16, 17, 256, random));
    float[] bias = RandomTensors.floats(65, random);
    for (int tokens : new int[] {1, 3, 8}) {
      check(parts, bias, tokens);
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void rowsAreThoseOfTheCheckpoint(DType dtype) {
    TensorView weights = RandomTensors.of(dtype, 37, 512, random);
    CpuMatrix packed = new PackedMatrix(List.of(weights), null, arena, pool);
    CpuMatrix scalar = new ScalarMatrix(List.of(weights), null, arena);
    float[] a = new float[515];
    float[] b = new float[515];
    for (int row = 0; row < 37; row++) {
      packed.copyRow(row, a, 3);
      scalar.copyRow(row, b, 3);
      for (int k = 0; k < a.length; k++) {
        assertThat(a[k]).isCloseTo(b[k], org.assertj.core.data.Offset.offset(Math.ulp(b[k])));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void aRowDoesNotDependOnBatchOrThreads(DType dtype) {
    TensorView weights = RandomTensors.of(dtype, 83, 768, random);
    float[] x = RandomTensors.floats(128 * 768, random);
    float[] whole = multiply(weights, x, 128, 2);
    for (int threads : new int[] {1, 2, 3}) {
      for (int tokens : new int[] {1, 2, 3, 6, 8, 13}) {
        int first = 128 - tokens - 5;
        float[] part = Arrays.copyOfRange(x, first * 768, (first + tokens) * 768);
        assertThat(multiply(weights, part, tokens, threads))
            .containsExactly(Arrays.copyOfRange(whole, first * 83, (first + tokens) * 83));
      }
    }
  }

  @Test
  void notANumberSpreadsOnlyInItsRow() {
    TensorView weights = RandomTensors.of(DType.Q4_1, 64, 96, random);
    float[] x = RandomTensors.floats(9 * 96, random);
    float[] clean = multiply(weights, x, 9, 2);
    x[4 * 96 + 50] = Float.NaN;
    float[] out = multiply(weights, x, 9, 2);
    for (int t = 0; t < 9; t++) {
      for (int o = 0; o < 64; o++) {
        Float expected = t == 4 ? Float.NaN : clean[t * 64 + o];
        assertThat(out[t * 64 + o]).isEqualTo(expected);
      }
    }
  }

  private float[] multiply(TensorView weights, float[] x, int tokens, int threads) {
    try (WorkerPool workers = new WorkerPool(threads)) {
      float[] out = new float[tokens * weights.rows()];
      new PackedMatrix(List.of(weights), null, arena, workers).multiply(x, tokens, out, workers);
      return out;
    }
  }

  /** Tolerance: rounding of a chain of k FMAs, relative to the sum of absolute products. */
  private void check(List<TensorView> parts, float[] bias, int tokens) {
    CpuMatrix packed = new PackedMatrix(parts, bias, arena, pool);
    CpuMatrix scalar = new ScalarMatrix(parts, bias, arena);
    int k = packed.inputs();
    int n = packed.outputs();
    float[] x = RandomTensors.floats(tokens * k, random);
    float[] expected = new float[tokens * n];
    float[] actual = new float[tokens * n];
    scalar.multiply(x, tokens, expected, pool);
    packed.multiply(x, tokens, actual, pool);
    float[] row = new float[k];
    for (int o = 0; o < n; o++) {
      scalar.copyRow(o, row, 0);
      for (int t = 0; t < tokens; t++) {
        double magnitude = bias == null ? 0 : Math.abs(bias[o]);
        for (int i = 0; i < k; i++) {
          magnitude += Math.abs((double) row[i] * x[t * k + i]);
        }
        double tolerance = (k + 4) * 0x1p-24 * magnitude + Float.MIN_NORMAL;
        assertThat((double) actual[t * n + o])
            .as("%s, k %d, row %d, token %d of %d", parts, k, o, t, tokens)
            .isCloseTo(expected[t * n + o], org.assertj.core.data.Offset.offset(tolerance));
      }
    }
  }
}
