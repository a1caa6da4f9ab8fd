package io.penstock.engine.tokenizer.template;

import java.util.Iterator;
import java.util.stream.IntStream;

/** Python's strings are sequences of code points; these are Java's, counted that way. */
final class CodePoints {
  private CodePoints() {}

  static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  static Iterator<String> iterator(String text) {
    return text.codePoints().mapToObj(Character::toString).iterator();
  }

  /** The part between two code point positions, both within the text. */
  static String substring(String text, int from, int to) {
    int start = text.offsetByCodePoints(0, from);
    return text.substring(start, text.offsetByCodePoints(start, to - from));
  }

  /** Every step-th character from {@code from}, {@code count} in all. */
  static String pick(String text, long from, long step, int count) {
    int[] points = text.codePoints().toArray();
    StringBuilder picked = new StringBuilder(count);
    IntStream.range(0, count).forEach(i -> picked.appendCodePoint(points[(int) (from + i * step)]));
    return picked.toString();
  }

  static int compare(String a, String b) {
    for (int i = 0; i < Math.min(a.length(), b.length()); i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        // Surrogates stand for code points above all others of 16 bits.
        return Character.isSurrogate(x) == Character.isSurrogate(y)
            ? Character.compare(x, y)
            : Character.isSurrogate(x) ? 1 : -1;
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /** Python's str.isspace for one character. */
  static boolean isSpace(int c) {
    return c >= 0x09 && c <= 0x0D
        || c >= 0x1C && c <= 0x20
        || c == 0x85
        || c == 0xA0
        || c > 0xA0 && Character.isSpaceChar(c);
  }

  static String strip(String text, String characters, boolean left, boolean right) {
    int start = 0;
    int end = text.length();
    while (left && start < end && strips(text.codePointAt(start), characters)) {
      start += Character.charCount(text.codePointAt(start));
    }
    while (right && end > start && strips(text.codePointBefore(end), characters)) {
      end -= Character.charCount(text.codePointBefore(end));
    }
    return text.substring(start, end);
  }

  private static boolean strips(int c, String characters) {
    return characters == null ? isSpace(c) : characters.indexOf(c) >= 0;
  }
}
