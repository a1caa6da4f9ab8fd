package io.penstock.engine.grammar.expr;

import java.util.Arrays;

/**
 * A set of Unicode scalar values: all code points but surrogates, which UTF-8 cannot write.
 * Immutable.
 */
public final class CodePoints {
  static final int LAST = Character.MAX_CODE_POINT;

  public static final CodePoints NONE = new CodePoints(new int[0]);

  public static final CodePoints ALL = of(0, LAST);

  private final int[] bounds; // first, last, first, last, ...; ascending, with gaps between

  private CodePoints(int[] bounds) {
    this.bounds = bounds;
  }

  /** From {@code first} to {@code last}, both included. */
  public static CodePoints of(int first, int last) {
    int[] raw = {first, last};
    return new CodePoints(raw).and(new CodePoints(new int[] {0, 0xD7FF, 0xE000, LAST}));
  }

  public static CodePoints of(int one) {
    return of(one, one);
  }

  /** Those of a text. */
  public static CodePoints in(String text) {
    return text.codePoints().mapToObj(CodePoints::of).reduce(NONE, CodePoints::or);
  }

  public CodePoints or(CodePoints other) {
    if (bounds.length == 0) {
      return other;
    }
    int[][] ranges = new int[(bounds.length + other.bounds.length) / 2][];
    for (int i = 0; i < ranges.length; i++) {
      int at = 2 * i;
      ranges[i] =
          at < bounds.length
              ? new int[] {bounds[at], bounds[at + 1]}
              : new int[] {other.bounds[at - bounds.length], other.bounds[at + 1 - bounds.length]};
    }
    Arrays.sort(ranges, (a, b) -> Integer.compare(a[0], b[0]));
    int[] merged = new int[2 * ranges.length];
    int size = 0;
    for (int[] range : ranges) {
      if (size > 0 && range[0] <= merged[size - 1] + 1) {
        merged[size - 1] = Math.max(merged[size - 1], range[1]);
      } else {
        merged[size++] = range[0];
        merged[size++] = range[1];
      }
    }
    return new CodePoints(Arrays.copyOf(merged, size));
  }

  public CodePoints and(CodePoints other) {
    int[] common = new int[bounds.length + other.bounds.length];
    int size = 0;
    int i = 0;
    int j = 0;
    while (i < bounds.length && j < other.bounds.length) {
      int first = Math.max(bounds[i], other.bounds[j]);
      int last = Math.min(bounds[i + 1], other.bounds[j + 1]);
      if (first <= last) {
        common[size++] = first;
        common[size++] = last;
      }
      if (bounds[i + 1] < other.bounds[j + 1]) {
        i += 2;
      } else {
        j += 2;
      }
    }
    return new CodePoints(Arrays.copyOf(common, size));
  }

  /** All others. */
  public CodePoints not() {
    int[] gaps = new int[bounds.length + 2];
    int size = 0;
    int next = 0;
    for (int i = 0; i < bounds.length; i += 2) {
      if (bounds[i] > next) {
        gaps[size++] = next;
        gaps[size++] = bounds[i] - 1;
      }
      next = bounds[i + 1] + 1;
    }
    if (next <= LAST) {
      gaps[size++] = next;
      gaps[size++] = LAST;
    }
    return new CodePoints(Arrays.copyOf(gaps, size)).and(ALL);
  }

  public CodePoints minus(CodePoints other) {
    return and(other.not());
  }

  public boolean isEmpty() {
    return bounds.length == 0;
  }

  public boolean contains(int codePoint) {
    for (int i = 0; i < bounds.length; i += 2) {
      if (codePoint >= bounds[i] && codePoint <= bounds[i + 1]) {
        return true;
      }
    }
    return false;
  }

  /** First and last of each range, ascending. Not to be written. */
  public int[] bounds() {
    return bounds;
  }

  /** The set with both cases of its letters, one to one (no ß to SS). */
  public CodePoints anyCase() {
    CodePoints all = this;
    for (int i = 0; i < bounds.length; i += 2) {
      for (int c = bounds[i]; c <= Math.min(bounds[i + 1], 0x1FFFF); c++) {
        int lower = Character.toLowerCase(c);
        int upper = Character.toUpperCase(c);
        if (lower != c && !contains(lower)) {
          all = all.or(of(lower));
        }
        if (upper != c && !contains(upper)) {
          all = all.or(of(upper));
        }
      }
    }
    return all;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof CodePoints other && Arrays.equals(bounds, other.bounds);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bounds);
  }
}
