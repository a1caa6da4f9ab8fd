package io.penstock.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The printable stand-ins that byte-level BPE uses for bytes (GPT-2): the printable characters of
 * Latin-1 stand for themselves, the other 68 bytes for U+0100 onwards in order.
 */
final class ByteLevelAlphabet {
  private static final short[] BYTE_OF = new short[0x144];

  static {
    Arrays.fill(BYTE_OF, (short) -1);
    int next = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean printable = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
      BYTE_OF[printable ? b : next++] = (short) b;
    }
  }

  private ByteLevelAlphabet() {}

  /** The bytes that a token spells; a token with a character outside the alphabet is UTF-8 text. */
  static byte[] bytes(String token) {
    byte[] bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = token.charAt(i);
      int value = c < BYTE_OF.length ? BYTE_OF[c] : -1;
      if (value < 0) {
        return token.getBytes(StandardCharsets.UTF_8);
      }
      bytes[i] = (byte) value;
    }
    return bytes;
  }
}
