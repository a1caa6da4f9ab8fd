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
 * Signed bytes with a scale: Q8_0, and Q5_K and Q6_K with their codes widened to bytes.
 *
 * <p>Record: 8 int vectors of codes, 4 columns each, column j in byte j; then one half scale
 * (Q8_0), a scale and a minimum (Q5_K), or a scale for each 16 columns (Q6_K).
 */
final class ByteFormat extends TileFormat {
  private enum Scaling {
    ONE_SCALE,
    SCALE_AND_MINIMUM,
    TWO_SCALES
  }

  /** Added to signed codes; {@code fma(code + 128, scale, -128 scale)} rounds as the product. */
  private static final float OFFSET = 128;

  private static final int SCALES = 8 * VECTOR_BYTES;
  private static final int SECOND = SCALES + VECTOR_BYTES;

  static final ByteFormat ONE_SCALE = new ByteFormat(Scaling.ONE_SCALE, SCALES + VECTOR_BYTES);
  static final ByteFormat WITH_MINIMUM =
      new ByteFormat(Scaling.SCALE_AND_MINIMUM, SECOND + VECTOR_BYTES);
  static final ByteFormat TWO_SCALES = new ByteFormat(Scaling.TWO_SCALES, SECOND + VECTOR_BYTES);

  private final Scaling scaling;

  private ByteFormat(Scaling scaling, int recordBytes) {
    super(recordBytes);
    this.scaling = scaling;
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
        for (int i = 0; i < 8; i++) {
          int word = 0;
          for (int j = 0; j < 4; j++) {
            int code = block.codes[group * RECORD_COLUMNS + i * 4 + j] + offsetOfCodes();
            word |= code << 8 * j;
          }
          tile.set(JAVA_INT_UNALIGNED, record + (i * Lanes.COUNT + lane) * 4L, word);
        }
        packScales(tile, record, lane, block, group);
        record += recordBytes();
      }
    }
  }

  /** Signed codes are stored with an offset, so that a mask takes one out. */
  private int offsetOfCodes() {
    return scaling == Scaling.SCALE_AND_MINIMUM ? 0 : (int) OFFSET;
  }

  private void packScales(
      MemorySegment tile, long record, int lane, BlockDecoder block, int group) {
    long at = record + 4L * lane;
    switch (scaling) {
      case ONE_SCALE -> tile.set(JAVA_FLOAT_UNALIGNED, at + SCALES, block.scales[group]);
      case SCALE_AND_MINIMUM -> {
        tile.set(JAVA_FLOAT_UNALIGNED, at + SCALES, block.scales[group]);
        tile.set(JAVA_FLOAT_UNALIGNED, at + SECOND, block.minimums[group]);
      }
      case TWO_SCALES -> {
        tile.set(JAVA_FLOAT_UNALIGNED, at + SCALES, block.scales[2 * group]);
        tile.set(JAVA_FLOAT_UNALIGNED, at + SECOND, block.scales[2 * group + 1]);
      }
    }
  }

  @Override
  void expand(MemorySegment tile, long offset, int records, float[] out, int at) {
    switch (scaling) {
      case ONE_SCALE -> expandSigned(tile, offset, records, 8, recordBytes(), out, at);
      case TWO_SCALES -> expandSigned(tile, offset, 2 * records, 4, recordBytes(), out, at);
      case SCALE_AND_MINIMUM -> expandWithMinimum(tile, offset, records, recordBytes(), out, at);
    }
  }

  /** Groups of {@code vectors} code vectors: one group in a record, or two of four. */
  private static void expandSigned(
      MemorySegment tile, long offset, int groups, int vectors, int stride, float[] out, int at) {
    int to = at;
    for (int g = 0; g < groups; g++) {
      int group = g * vectors;
      long record = offset + (long) (group >> 3) * stride;
      int first = group & 7;
      FloatVector scale = Lanes.floats(tile, record + SCALES + (long) (first >> 2) * VECTOR_BYTES);
      FloatVector minimum = scale.mul(-OFFSET);
      for (int i = first; i < first + vectors; i++) {
        IntVector v = Lanes.ints(tile, record + (long) i * VECTOR_BYTES);
        for (int j = 0; j < 4; j++) {
          Lanes.toFloat(v.lanewise(VectorOperators.LSHR, 8 * j).and(255))
              .fma(scale, minimum)
              .intoArray(out, to + j * Lanes.COUNT);
        }
        to += 4 * Lanes.COUNT;
      }
    }
  }

  private static void expandWithMinimum(
      MemorySegment tile, long offset, int records, int stride, float[] out, int at) {
    int to = at;
    for (int r = 0; r < records; r++) {
      long record = offset + (long) r * stride;
      FloatVector scale = Lanes.floats(tile, record + SCALES);
      FloatVector minimum = Lanes.floats(tile, record + SECOND);
      for (int i = 0; i < 8; i++) {
        IntVector v = Lanes.ints(tile, record + (long) i * VECTOR_BYTES);
        for (int j = 0; j < 4; j++) {
          Lanes.toFloat(v.lanewise(VectorOperators.LSHR, 8 * j).and(255))
              .fma(scale, minimum)
              .intoArray(out, to + j * Lanes.COUNT);
        }
        to += 4 * Lanes.COUNT;
      }
    }
  }

  @Override
  WorkerPool.Task fusedTask(PackedMatrix matrix, float[] x, float[] out) {
    if (scaling != Scaling.ONE_SCALE) {
      return null;
    }
    int vectors = 8 * matrix.records();
    return (pair, _) -> {
      float[] sums = Scratch.SUMS.get(2 * Lanes.COUNT);
      long a = matrix.tileOffset(2 * pair);
      long b = matrix.tileOffset(2 * pair + 1);
      multiplyTwo(matrix.data(), a, b, vectors, x, sums);
      matrix.storePair(pair, sums, 1, out);
    };
  }

  /** sums (2, lanes) = tiles at bytes a and b times x; {@code vectors} of 4 columns each. */
  private static void multiplyTwo(
      MemorySegment data, long a, long b, int vectors, float[] x, float[] sums) {
    FloatVector sumA = FloatVector.zero(Lanes.FLOAT);
    FloatVector sumB = sumA;
    for (int i = 0; i < vectors; i++) {
      long record = (i >> 3) * (long) (SCALES + VECTOR_BYTES);
      long codes = record + (i & 7) * VECTOR_BYTES;
      IntVector va = Lanes.ints(data, a + codes);
      IntVector vb = Lanes.ints(data, b + codes);
      FloatVector scaleA = Lanes.floats(data, a + record + SCALES);
      FloatVector scaleB = Lanes.floats(data, b + record + SCALES);
      FloatVector minimumA = scaleA.mul(-OFFSET);
      FloatVector minimumB = scaleB.mul(-OFFSET);
      for (int j = 0; j < 4; j++) {
        FloatVector xk = FloatVector.broadcast(Lanes.FLOAT, x[i * 4 + j]);
        IntVector codeA = va.lanewise(VectorOperators.LSHR, 8 * j).and(255);
        IntVector codeB = vb.lanewise(VectorOperators.LSHR, 8 * j).and(255);
        sumA = Lanes.toFloat(codeA).fma(scaleA, minimumA).fma(xk, sumA);
        sumB = Lanes.toFloat(codeB).fma(scaleB, minimumB).fma(xk, sumB);
      }
    }
    sumA.intoArray(sums, 0);
    sumB.intoArray(sums, Lanes.COUNT);
  }
}
