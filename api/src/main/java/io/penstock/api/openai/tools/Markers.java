package io.penstock.api.openai.tools;

/** Where markers stand in text that is still coming. */
final class Markers {
  private Markers() {}

  /**
   * Characters at the end of a text that may be the beginning of the marker, and so must wait.
   *
   * @param marker that the text does not contain
   */
  static int mayBegin(CharSequence text, String marker) {
    int most = Math.min(text.length(), marker.length() - 1);
    for (int length = most; length > 0; length--) {
      if (endsWith(text, marker, length)) {
        return length;
      }
    }
    return 0;
  }

  private static boolean endsWith(CharSequence text, String marker, int length) {
    int from = text.length() - length;
    for (int i = 0; i < length; i++) {
      if (text.charAt(from + i) != marker.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether so much of a marker stands at the end of a text that was cut off that it is one, and
   * not a text that happens to begin alike, as {@code <} does.
   */
  static boolean isMost(int length, String marker) {
    return 2 * length > marker.length();
  }

  /** Whitespace at the end of the first {@code length} characters. */
  static int trailingBlanks(CharSequence text, int length) {
    int blanks = 0;
    while (blanks < length && Character.isWhitespace(text.charAt(length - 1 - blanks))) {
      blanks++;
    }
    return blanks;
  }
}
