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
   * Finite IEEE halves in the high 16 bits of the lanes, as floats. Shifted right by 3, with the
   * sign repeated, exponent and fraction stand in their places in a float whose exponent is 112 too
   * small; the product is exact for normal and subnormal halves alike. The mask takes off the
   * copies of the sign and what was below the half.
   */
  static FloatVector highHalves(IntVector bits) {
    return bits.lanewise(VectorOperators.ASHR, 3)
        .and(0x8FFFE000)
        .reinterpretAsFloats()
        .mul(TWO_POW_112);
  }

  /** Those in the low 16 bits. */
  static FloatVector lowHalves(IntVector bits) {
    return highHalves(bits.lanewise(VectorOperators.LSHL, 16));
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
