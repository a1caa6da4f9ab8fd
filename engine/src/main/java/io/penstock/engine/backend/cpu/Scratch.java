package io.penstock.engine.backend.cpu;

/** A float array of each thread that grows and is kept. */
final class Scratch {
  static final Scratch SUMS = new Scratch();
  static final Scratch WEIGHTS = new Scratch();
  static final Scratch LANES = new Scratch();
  static final Scratch SCORES = new Scratch();
  static final Scratch ROW = new Scratch();

  private final ThreadLocal<float[]> arrays = ThreadLocal.withInitial(() -> new float[0]);

  private Scratch() {}

  /** At least {@code length} floats of any content, valid until this thread's next call. */
  float[] get(int length) {
    float[] array = arrays.get();
    if (array.length < length) {
      array = new float[length];
      arrays.set(array);
    }
    return array;
  }
}
