package io.penstock.engine.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import io.penstock.engine.core.DType;
import io.penstock.engine.core.TensorView;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Four-bit codes with a scale and a minimum for 32 columns: Q4_0 (minimum -8 scale), Q4_1 and Q4_K.
 *
 * <p>Record: 4 int vectors of codes, 8 columns each, column j in bits 4j..4j+3; scales; minimums.
 *
 * <p><b>Notes.</b> A code c becomes the float 1 + c/16 by a shift and one logic operation, one
 * instruction less for each weight than with a conversion. So scales are kept times 16 and minimums
 * less 16 scales, which makes the same weight.
 */
final class NibbleFormat extends TileFormat {
  static final NibbleFormat INSTANCE = new NibbleFormat();

  private static final int SCALES = 4 * VECTOR_BYTES;
  private static final int MINIMUMS = SCALES + VECTOR_BYTES;
  private static final int BYTES = MINIMUMS + VECTOR_BYTES;

  private static final int LEVELS = 16;

  /** The four leading bits of a float's fraction, and the lowest of them. */
  private static final int MASK = 0x00780000;

  private static final int LOWEST = 19;

  /** Columns whose bits are moved up to there; the others are moved down. */
  private static final int UP = 5;

  private NibbleFormat() {
    super(6 * VECTOR_BYTES);
  }

  @Override
  void pack(TensorView tensor, int row, MemorySegment tile, long offset, int lane) {
    DType dtype = tensor.dtype();
    BlockDecoder block = new BlockDecoder();
    long source = row * tensor.bytesPerRow();
    long record = offset;
    for (int k = 0; k < tensor.columns(); k += dtype.blockElements()) {
      block.decode(dtype, tensor.data(), source);
      source += dtype.blockBytes();
      for (int group = 0; group < dtype.blockElements() / RECORD_COLUMNS; group++) {
        for (int i = 0; i < 4; i++) {
          int word = 0;
          for (int j = 0; j < 8; j++) {
            word |= block.codes[group * RECORD_COLUMNS + i * 8 + j] << 4 * j;
          }
          tile.set(JAVA_INT_UNALIGNED, record + (i * Lanes.COUNT + lane) * 4L, word);
        }
        float scale = LEVELS * block.scales[group];
        float minimum = block.minimums[group] - scale;
        tile.set(JAVA_FLOAT_UNALIGNED, record + SCALES + 4L * lane, scale);
        tile.set(JAVA_FLOAT_UNALIGNED, record + MINIMUMS + 4L * lane, minimum);
        record += BYTES;
      }
    }
  }

  @Override
  void expand(MemorySegment tile, long offset, int records, float[] out, int at) {
    int to = at;
    for (int r = 0; r < records; r++) {
      long record = offset + (long) r * BYTES;
      FloatVector scale = Lanes.floats(tile, record + SCALES);
      FloatVector minimum = Lanes.floats(tile, record + MINIMUMS);
      for (int i = 0; i < 4; i++) {
        IntVector v = Lanes.ints(tile, record + (long) i * VECTOR_BYTES);
        for (int j = 0; j < UP; j++) {
          up(v, j).fma(scale, minimum).intoArray(out, to + j * Lanes.COUNT);
        }
        for (int j = UP; j < 8; j++) {
          down(v, j).fma(scale, minimum).intoArray(out, to + j * Lanes.COUNT);
        }
        to += 8 * Lanes.COUNT;
      }
    }
  }

  @Override
  WorkerPool.Task fusedTask(PackedMatrix matrix, float[] x, float[] out) {
    int records = matrix.records();
    return (pair, _) -> {
      float[] sums = Scratch.SUMS.get(2 * Lanes.COUNT);
      long a = matrix.tileOffset(2 * pair);
      long b = matrix.tileOffset(2 * pair + 1);
      multiplyTwo(matrix.data(), a, b, records, x, sums);
      matrix.storePair(pair, sums, 1, out);
    };
  }

  /** sums (2, lanes) = tiles at bytes a and b times x. */
  private static void multiplyTwo(
      MemorySegment data, long a, long b, int records, float[] x, float[] sums) {
    FloatVector sumA = FloatVector.zero(Lanes.FLOAT);
    FloatVector sumB = sumA;
    for (int r = 0; r < records; r++) {
      long ra = a + (long) r * BYTES;
      long rb = b + (long) r * BYTES;
      FloatVector scaleA = Lanes.floats(data, ra + SCALES);
      FloatVector minimumA = Lanes.floats(data, ra + MINIMUMS);
      FloatVector scaleB = Lanes.floats(data, rb + SCALES);
      FloatVector minimumB = Lanes.floats(data, rb + MINIMUMS);
      for (int i = 0; i < 4; i++) {
        IntVector va = Lanes.ints(data, ra + (long) i * VECTOR_BYTES);
        IntVector vb = Lanes.ints(data, rb + (long) i * VECTOR_BYTES);
        int k = r * RECORD_COLUMNS + i * 8;
        for (int j = 0; j < UP; j++) {
          FloatVector xk = FloatVector.broadcast(Lanes.FLOAT, x[k + j]);
          sumA = up(va, j).fma(scaleA, minimumA).fma(xk, sumA);
          sumB = up(vb, j).fma(scaleB, minimumB).fma(xk, sumB);
        }
        for (int j = UP; j < 8; j++) {
          FloatVector xk = FloatVector.broadcast(Lanes.FLOAT, x[k + j]);
          sumA = down(va, j).fma(scaleA, minimumA).fma(xk, sumA);
          sumB = down(vb, j).fma(scaleB, minimumB).fma(xk, sumB);
        }
      }
    }
    sumA.intoArray(sums, 0);
    sumB.intoArray(sums, Lanes.COUNT);
  }

  /** 1 + code/16 of column j below {@link #UP}. */
  private static FloatVector up(IntVector codes, int j) {
    return Lanes.fraction(codes.lanewise(VectorOperators.LSHL, LOWEST - 4 * j), MASK);
  }

  /** 1 + code/16 of column j from {@link #UP} on. */
  private static FloatVector down(IntVector codes, int j) {
    return Lanes.fraction(codes.lanewise(VectorOperators.LSHR, 4 * j - LOWEST), MASK);
  }
}
