package io.penstock.engine.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * SentencePiece with byte fallback: U+2581 is a space; a run of byte tokens is a text if all of it
 * is valid UTF-8 and otherwise one U+FFFD for each byte; one space at the very beginning is the
 * prefix that the tokenizer added.
 */
final class SentencePieceDecoder implements IncrementalDecoder {
  private static final String SPACE_MARK = "\u2581";

  private final Vocabulary vocabulary;
  private final boolean skipSpecial;
  private final ByteArrayOutputStream run = new ByteArrayOutputStream();
  private boolean stripSpace;

  SentencePieceDecoder(Vocabulary vocabulary, boolean skipSpecial, boolean stripSpace) {
    this.vocabulary = vocabulary;
    this.skipSpecial = skipSpecial;
    this.stripSpace = stripSpace;
  }

  @Override
  public String add(int id) {
    String token = vocabulary.token(id);
    if (token == null || skipSpecial && vocabulary.special().get(id)) {
      return "";
    }
    int value = Vocabulary.byteValue(token);
    if (value >= 0) {
      run.write(value);
      return "";
    }
    return strip(endRun() + token.replace(SPACE_MARK, " "));
  }

  @Override
  public String flush() {
    return strip(endRun());
  }

  private String endRun() {
    if (run.size() == 0) {
      return "";
    }
    byte[] bytes = run.toByteArray();
    run.reset();
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return "\uFFFD".repeat(bytes.length);
    }
  }

  private String strip(String text) {
    if (!stripSpace || text.isEmpty()) {
      return text;
    }
    stripSpace = false;
    return text.startsWith(" ") ? text.substring(1) : text;
  }
}
