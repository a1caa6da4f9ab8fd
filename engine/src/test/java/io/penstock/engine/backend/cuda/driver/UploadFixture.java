package io.penstock.engine.backend.cuda.driver;

import io.penstock.engine.core.DType;
import io.penstock.engine.core.Dequantizer;
import io.penstock.engine.core.TensorView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Random tensors of every stored type, and what they are on the GPU by the plainest arithmetic. */
public final class UploadFixture {
  private UploadFixture() {}

  /** Scales are kept small, so that all values are finite. */
  public static TensorView tensor(DType dtype, int rows, int columns, Random random) {
    byte[] bytes = new byte[Math.toIntExact(dtype.bytes((long) rows * columns))];
    random.nextBytes(bytes);
    MemorySegment data = Arena.ofAuto().allocate(bytes.length, 64);
    MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, bytes.length);
    if (dtype == DType.F32) {
      for (long i = 0; i < bytes.length; i += 4) {
        data.set(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
      }
    } else if (dtype == DType.BF16) {
      for (long i = 0; i < bytes.length; i += 2) {
        int bits = Float.floatToRawIntBits((float) random.nextGaussian());
        data.set(ValueLayout.JAVA_SHORT, i, (short) (bits >>> 16));
      }
    } else if (dtype == DType.F16) {
      for (long i = 0; i < bytes.length; i += 2) {
        half(data, i, random);
      }
    } else {
      for (long block = 0; block < bytes.length; block += dtype.blockBytes()) {
        half(data, block + (dtype == DType.Q6_K ? 208 : 0), random);
        if (dtype == DType.Q4_1 || dtype == DType.Q4_K || dtype == DType.Q5_K) {
          half(data, block + 2, random);
        }
      }
    }
    return new TensorView("random." + dtype, dtype, rows, columns, data.asReadOnly());
  }

  private static void half(MemorySegment data, long offset, Random random) {
    data.set(
        ValueLayout.JAVA_SHORT_UNALIGNED,
        offset,
        Float.floatToFloat16((float) random.nextGaussian() * 0.01f));
  }

  /** (rows, columns) of {@code type}; what lies behind the tensor's columns is zero. */
  public static short[] expected(TensorView tensor, HalfType type, int columns) {
    short[] out = new short[tensor.rows() * columns];
    for (int r = 0; r < tensor.rows(); r++) {
      float[] row = Dequantizer.row(tensor, r);
      for (int c = 0; c < row.length; c++) {
        out[r * columns + c] = type == HalfType.F16 ? Float.floatToFloat16(row[c]) : bfloat(row[c]);
      }
    }
    return out;
  }

  private static short bfloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    int low = bits & 0xffff;
    int high = bits >>> 16;
    boolean up = low > 0x8000 || low == 0x8000 && (high & 1) == 1;
    return (short) (up ? high + 1 : high);
  }
}
