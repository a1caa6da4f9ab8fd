package io.penstock.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The vector shape of this processor, as constants for the compiler, and conversions into it. */
final class Lanes {
  static final VectorSpecies<Float> FLOAT = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> INT = IntVector.SPECIES_PREFERRED;

  /** Floats in a vector, and rows in a tile. */
  static final int COUNT = FLOAT.length();

  private static final int ONE = 0x3F800000;
  private static final float TWO_POW_112 = 0x1p112f;

  private Lanes() {}

  static IntVector ints(MemorySegment data, long offset) {
    return IntVector.fromMemorySegment(INT, data, offset, ByteOrder.LITTLE_ENDIAN);
  }

  static FloatVector floats(MemorySegment data, long offset) {
    return FloatVector.fromMemorySegment(FLOAT, data, offset, ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Finite IEEE halves, sign-extended to ints, as floats. Shifted left by 13, exponent and fraction
   * stand in their places in a float whose exponent is 112 too small; the product is exact for
   * normal and subnormal halves alike. The shift leaves copies of the sign between sign and
   * exponent: masked off.
   */
  static FloatVector halves(IntVector bits) {
    return bits.lanewise(VectorOperators.LSHL, 13)
        .and(0x8FFFFFFF)
        .reinterpretAsFloats()
        .mul(TWO_POW_112);
  }

  /**
   * Codes as floats in [1, 2) without a conversion: the bits of {@code mask}, below the exponent,
   * become the leading bits of the fraction of a float with exponent zero. The compiler makes one
   * instruction of the two.
   */
  static FloatVector fraction(IntVector v, int mask) {
    return v.and(mask).or(ONE).reinterpretAsFloats();
  }

  static FloatVector toFloat(IntVector v) {
    return (FloatVector) v.convert(VectorOperators.I2F, 0);
  }
}
