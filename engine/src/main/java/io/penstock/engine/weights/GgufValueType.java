package io.penstock.engine.weights;

import java.math.BigInteger;

/** Types of metadata values, by their number in the file ({@code enum gguf_type}). */
enum GgufValueType {
  UINT8(1),
  INT8(1),
  UINT16(2),
  INT16(2),
  UINT32(4),
  INT32(4),
  FLOAT32(4),
  BOOL(1),
  /** A 64-bit length and UTF-8 bytes. */
  STRING(8),
  /** A type, a 64-bit count and the elements. */
  ARRAY(12),
  UINT64(8),
  INT64(8),
  FLOAT64(8);

  private static final int MAX_ARRAY_DEPTH = 4;

  private final int minBytes;

  GgufValueType(int minBytes) {
    this.minBytes = minBytes;
  }

  /** Reads a type's number and then a value of the type. */
  static Object readTyped(GgufCursor c, String key) {
    return readType(c, key).read(c, key);
  }

  private static GgufValueType readType(GgufCursor c, String key) {
    int id = c.u32(key);
    if (id < 0 || id >= values().length) {
      throw c.file().error("key " + key + ": unknown value type " + Integer.toUnsignedString(id));
    }
    return values()[id];
  }

  private Object read(GgufCursor c, String key) {
    return switch (this) {
      case UINT8 -> (long) Byte.toUnsignedInt(c.u8(key));
      case INT8 -> (long) c.u8(key);
      case UINT16 -> (long) Short.toUnsignedInt(c.u16(key));
      case INT16 -> (long) c.u16(key);
      case UINT32 -> Integer.toUnsignedLong(c.u32(key));
      case INT32 -> (long) c.u32(key);
      case INT64 -> c.u64(key);
      case UINT64 -> unsigned(c.u64(key));
      case FLOAT32 -> (double) Float.intBitsToFloat(c.u32(key));
      case FLOAT64 -> Double.longBitsToDouble(c.u64(key));
      case BOOL -> bool(c, key);
      // Tokenizer texts must be exact; a broken author's name must not stop a model.
      case STRING -> c.string(key, key.startsWith("tokenizer."));
      case ARRAY -> array(c, key);
    };
  }

  private static Object unsigned(long value) {
    return value >= 0 ? (Object) value : new BigInteger(Long.toUnsignedString(value));
  }

  private static Boolean bool(GgufCursor c, String key) {
    byte value = c.u8(key);
    if (value != 0 && value != 1) {
      throw c.file().error("key " + key + ": " + value + " is not a bool (0 or 1)");
    }
    return value == 1;
  }

  private static GgufArray array(GgufCursor c, String key) {
    GgufValueType type = readType(c, key);
    long count = c.size(key);
    long position = c.position();
    type.skip(c, key, count, 1);
    return new GgufArray(c.file(), key, type, count, position);
  }

  /** Passes over an array's elements; takes no memory and at most as many turns as bytes. */
  private void skip(GgufCursor c, String key, long count, int depth) {
    if (count > (c.file().size() - c.position()) / minBytes) {
      throw c.file()
          .error(
              "key %s: an array claims %d elements, beyond the file's end".formatted(key, count));
    }
    switch (this) {
      case STRING -> {
        for (long i = 0; i < count; i++) {
          c.skipString(key);
        }
      }
      case ARRAY -> {
        if (depth == MAX_ARRAY_DEPTH) {
          throw c.file().error("key " + key + ": arrays are nested too deeply");
        }
        for (long i = 0; i < count; i++) {
          GgufValueType type = readType(c, key);
          type.skip(c, key, c.size(key), depth + 1);
        }
      }
      default -> c.advance(count * minBytes, key);
    }
  }
}
