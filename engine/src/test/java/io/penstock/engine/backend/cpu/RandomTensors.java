package io.penstock.engine.backend.cpu;

import io.penstock.engine.core.DType;
import io.penstock.engine.core.TensorView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Tensors of every type with random codes and finite scales. */
final class RandomTensors {
  private RandomTensors() {}

  static TensorView of(DType dtype, int rows, int columns, Random random) {
    byte[] bytes = new byte[Math.toIntExact(dtype.bytes((long) rows * columns))];
    random.nextBytes(bytes);
    MemorySegment data = MemorySegment.ofArray(bytes);
    for (int b = 0; b < bytes.length; b += dtype.blockBytes()) {
      switch (dtype) {
        case F32 ->
            data.set(ValueLayout.JAVA_FLOAT_UNALIGNED, b, (float) (random.nextGaussian() * 0.05));
        case F16, Q8_0, Q4_0 -> half(data, b, random);
        case BF16 -> {
          int bits = Float.floatToIntBits((float) (random.nextGaussian() * 0.05)) >>> 16;
          data.set(ValueLayout.JAVA_SHORT_UNALIGNED, b, (short) bits);
        }
        case Q4_1, Q4_K, Q5_K -> {
          half(data, b, random);
          half(data, b + 2, random);
        }
        case Q6_K -> half(data, b + 208, random);
      }
    }
    return new TensorView("random." + dtype, dtype, rows, columns, data);
  }

  /** Normal, subnormal, negative and zero halves. */
  private static void half(MemorySegment data, long at, Random random) {
    float value =
        switch (random.nextInt(8)) {
          case 0 -> 0;
          case 1 -> 0x1p-20f * random.nextFloat();
          default -> (float) (random.nextGaussian() * 0.01);
        };
    data.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, Float.floatToFloat16(value));
  }

  static float[] floats(int n, Random random) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] =
          switch (random.nextInt(10)) {
            case 0 -> 0;
            case 1 -> Float.MIN_VALUE * random.nextInt(100);
            case 2 -> (float) (random.nextGaussian() * 1000);
            default -> (float) random.nextGaussian();
          };
    }
    return x;
  }
}
