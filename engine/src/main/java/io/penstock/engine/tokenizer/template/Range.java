package io.penstock.engine.tokenizer.template;

import java.util.AbstractList;
import java.util.RandomAccess;

/** {@code range(start, stop, step)}. */
final class Range extends AbstractList<Object> implements RandomAccess {
  /** As in Jinja's sandbox. */
  static final int MAX_SIZE = 100_000;

  private final long start;
  private final long stop;
  private final long step;
  private final int size;

  Range(long start, long stop, long step) {
    if (step == 0) {
      throw new TemplateException("range() arg 3 must not be zero");
    }
    this.start = start;
    this.stop = stop;
    this.step = step;
    double exact = Math.ceil(((double) stop - start) / step);
    if (exact > MAX_SIZE) {
      throw new TemplateException("range is longer than " + MAX_SIZE);
    }
    this.size = (int) Math.max(0, exact);
  }

  @Override
  public Object get(int index) {
    return start + index * step;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public String toString() {
    return step == 1
        ? "range(%d, %d)".formatted(start, stop)
        : "range(%d, %d, %d)".formatted(start, stop, step);
  }
}
