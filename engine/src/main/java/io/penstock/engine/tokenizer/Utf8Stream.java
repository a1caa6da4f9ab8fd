package io.penstock.engine.tokenizer;

/**
 * Turns bytes that arrive in pieces into text; an unfinished character waits for the next piece.
 * What is not UTF-8 becomes one U+FFFD for each maximal part of a well-formed sequence, as the
 * Unicode standard recommends (section 3.9, table 3-7 gives the bounds) and the tokenizers library
 * does. Java's own decoder takes encoded surrogates for one error, not three.
 */
final class Utf8Stream {
  private static final char REPLACEMENT = '\uFFFD';

  private int codePoint;
  private int missing; // continuation bytes of the character begun
  private int lower; // bounds of the next of them
  private int upper;

  String add(byte[] bytes) {
    StringBuilder text = new StringBuilder(bytes.length);
    for (byte b : bytes) {
      add(b & 0xFF, text);
    }
    return text.toString();
  }

  String flush() {
    boolean incomplete = missing > 0;
    missing = 0;
    return incomplete ? String.valueOf(REPLACEMENT) : "";
  }

  private void add(int b, StringBuilder text) {
    if (missing > 0) {
      if (b >= lower && b <= upper) {
        codePoint = codePoint << 6 | b & 0x3F;
        expect(missing - 1, 0x80, 0xBF);
        if (missing == 0) {
          text.appendCodePoint(codePoint);
        }
        return;
      }
      missing = 0;
      text.append(REPLACEMENT);
    }
    if (b < 0x80) {
      text.append((char) b);
    } else if (b < 0xC2 || b > 0xF4) {
      text.append(REPLACEMENT);
    } else if (b < 0xE0) {
      codePoint = b & 0x1F;
      expect(1, 0x80, 0xBF);
    } else if (b < 0xF0) {
      codePoint = b & 0x0F;
      expect(2, b == 0xE0 ? 0xA0 : 0x80, b == 0xED ? 0x9F : 0xBF);
    } else {
      codePoint = b & 0x07;
      expect(3, b == 0xF0 ? 0x90 : 0x80, b == 0xF4 ? 0x8F : 0xBF);
    }
  }

  private void expect(int continuationBytes, int from, int to) {
    missing = continuationBytes;
    lower = from;
    upper = to;
  }
}
