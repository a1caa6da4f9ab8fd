package io.penstock.engine.grammar.mask;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Characters that stand for themselves within a JSON string, and usually in other text. */
final class PlainText {
  private static final int NOT_PLAIN = -1;

  private PlainText() {}

  static boolean isPlain(int codePoint) {
    return codePoint >= 0x20 && codePoint != '"' && codePoint != '\\' && codePoint != 0x7F;
  }

  /** How many plain characters these bytes are; below 0 if they are anything else. */
  static int length(byte[] bytes) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return NOT_PLAIN;
    }
    return text.codePoints().allMatch(PlainText::isPlain)
        ? text.codePointCount(0, text.length())
        : NOT_PLAIN;
  }
}
