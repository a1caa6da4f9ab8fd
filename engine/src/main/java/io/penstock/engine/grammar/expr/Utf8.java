package io.penstock.engine.grammar.expr;

import java.util.function.Consumer;

/** Ranges of code points as ranges of UTF-8 bytes (RFC 3629). */
public final class Utf8 {
  private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF, CodePoints.LAST};
  private static final int CONTINUATION_BITS = 6;

  private Utf8() {}

  /**
   * Splits a set into products of byte ranges.
   *
   * @param each takes first and last of the first byte, of the second, and so on
   */
  public static void split(CodePoints set, Consumer<int[]> each) {
    int[] bounds = set.bounds();
    for (int i = 0; i < bounds.length; i += 2) {
      int first = bounds[i];
      for (int length = 1; length <= 4 && first <= bounds[i + 1]; length++) {
        int last = Math.min(bounds[i + 1], LAST_OF_LENGTH[length - 1]);
        if (first <= last) {
          split(first, last, length, each);
          first = last + 1;
        }
      }
    }
  }

  /** All of them take {@code length} bytes. */
  private static void split(int first, int last, int length, Consumer<int[]> each) {
    for (int low = 1; low < length; low++) { // the lowest so many bytes shall be free or fixed
      int mask = (1 << CONTINUATION_BITS * low) - 1;
      if ((first & ~mask) != (last & ~mask)) {
        if ((first & mask) != 0) {
          split(first, first | mask, length, each);
          split((first | mask) + 1, last, length, each);
          return;
        }
        if ((last & mask) != mask) {
          split(first, (last & ~mask) - 1, length, each);
          split(last & ~mask, last, length, each);
          return;
        }
      }
    }
    int[] ranges = new int[2 * length];
    for (int b = 0; b < length; b++) {
      ranges[2 * b] = byteAt(first, length, b);
      ranges[2 * b + 1] = byteAt(last, length, b);
    }
    each.accept(ranges);
  }

  private static int byteAt(int codePoint, int length, int index) {
    int shifted = codePoint >>> CONTINUATION_BITS * (length - 1 - index);
    if (index > 0) {
      return 0x80 | shifted & 0x3F;
    }
    return switch (length) {
      case 1 -> shifted;
      case 2 -> 0xC0 | shifted;
      case 3 -> 0xE0 | shifted;
      default -> 0xF0 | shifted;
    };
  }
}
