package io.penstock.engine.grammar.mask;

import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * What grammars need to know of a tokenizer.
 *
 * @param columns of the logits, at least as many as ids
 * @param text by id, the bytes of text that a token stands for; null or empty for none: control
 *     tokens and ids without a token
 * @param controls control tokens by their names
 * @param endTokens ids that end a text
 * @param encode text to ids, without control tokens
 */
public record TokenVocabulary(
    int columns,
    byte[][] text,
    Map<String, Integer> controls,
    Set<Integer> endTokens,
    Function<String, int[]> encode) {
  private static final int MARK = 0xFF; // no byte of UTF-8

  public TokenVocabulary {
    controls = Map.copyOf(controls);
    endTokens = Set.copyOf(endTokens);
  }

  /** Stands for a control token among bytes of text. */
  public static byte[] controlBytes(int id) {
    return new byte[] {(byte) MARK, (byte) (id >>> 16), (byte) (id >>> 8), (byte) id};
  }

  /** Bytes that a grammar reads for a token; empty for one that it never reads. */
  byte[] bytes(int id, Set<Integer> controlIds) {
    if (controlIds.contains(id) && !endTokens.contains(id)) {
      return controlBytes(id);
    }
    return id < text.length && text[id] != null ? text[id] : new byte[0];
  }
}
