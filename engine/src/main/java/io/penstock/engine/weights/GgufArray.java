package io.penstock.engine.weights;

import io.penstock.engine.core.ModelLoadException;

/**
 * A metadata array, known to lie in the file but decoded only when asked for: memory is spent on
 * the arrays that matter, after their size has been checked.
 *
 * @param key its key, for errors
 * @param position where the first element begins
 */
record GgufArray(MappedFile file, String key, GgufValueType type, long count, long position) {

  String[] strings() {
    GgufCursor cursor = cursor(GgufValueType.STRING);
    String[] values = new String[size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = cursor.string(key, true);
    }
    return values;
  }

  int[] integers() {
    GgufCursor cursor = cursor(GgufValueType.INT32, GgufValueType.UINT32);
    int[] values = new int[size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = cursor.u32(key);
    }
    return values;
  }

  float[] floats() {
    GgufCursor cursor = cursor(GgufValueType.FLOAT32);
    float[] values = new float[size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.intBitsToFloat(cursor.u32(key));
    }
    return values;
  }

  private int size() {
    if (count > Limits.MAX_VOCAB) {
      throw error("has " + count + " elements, at most " + Limits.MAX_VOCAB);
    }
    return (int) count;
  }

  private GgufCursor cursor(GgufValueType... accepted) {
    for (GgufValueType t : accepted) {
      if (type == t) {
        return new GgufCursor(file, position);
      }
    }
    throw error("expected an array of " + accepted[0] + ", found " + type);
  }

  private ModelLoadException error(String message) {
    return file.error("key " + key + ": " + message);
  }

  /** As errors quote it. */
  @Override
  public String toString() {
    return "an array of " + count + " " + type;
  }
}
