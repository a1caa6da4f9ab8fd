package io.penstock.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/**
 * What each id stands for.
 *
 * @param tokens by id, in the model's own spelling; null where an id has no token
 * @param added ids that are matched as whole strings before any merging
 * @param special ids among {@code added} that control the model and are no text
 * @param spelling how the tokens spell bytes
 */
record Vocabulary(String[] tokens, BitSet added, BitSet special, Spelling spelling) {

  /** How tokens spell the bytes of text. */
  enum Spelling {
    /** One character of {@link ByteLevelAlphabet} for each byte. */
    BYTE_LEVEL,
    /** SentencePiece: U+2581 for a space, {@code <0xE4>} for a byte. */
    SENTENCE_PIECE,
    /** Text as it is. */
    PLAIN
  }

  private static final char SPACE_MARK = '\u2581';

  int size() {
    return tokens.length;
  }

  /** The token's text in the model's spelling, or null. */
  String token(int id) {
    return id >= 0 && id < tokens.length ? tokens[id] : null;
  }

  /** Bytes of text that a token stands for; none for an id without a token. */
  byte[] bytes(int id) {
    String token = token(id);
    if (token == null) {
      return new byte[0];
    }
    return switch (spelling) {
      case BYTE_LEVEL -> ByteLevelAlphabet.bytes(token);
      case SENTENCE_PIECE -> {
        int value = byteValue(token);
        yield value >= 0
            ? new byte[] {(byte) value}
            : token.replace(SPACE_MARK, ' ').getBytes(StandardCharsets.UTF_8);
      }
      case PLAIN -> token.getBytes(StandardCharsets.UTF_8);
    };
  }

  /** The byte that a byte-fallback token stands for, or -1. */
  static int byteValue(String token) {
    if (token.length() != 6 || !token.startsWith("<0x") || token.charAt(5) != '>') {
      return -1;
    }
    int high = Character.digit(token.charAt(3), 16);
    int low = Character.digit(token.charAt(4), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }
}
