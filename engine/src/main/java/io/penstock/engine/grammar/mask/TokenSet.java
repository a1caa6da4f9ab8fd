package io.penstock.engine.grammar.mask;

import io.penstock.engine.grammar.expr.CodePoints;
import io.penstock.engine.grammar.expr.Utf8;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A vocabulary, prepared for masks. Most tokens are plain text, and most states that accept one
 * accept all: within a string, say. So these tokens stand in slices by their number of characters,
 * each a ready mask. Where a state accepts all plain texts of some length, the slices up to that
 * length are taken as they are and only the other tokens are walked, a few thousand.
 */
final class TokenSet {
  /** Longest tokens of each slice, in characters. */
  static final int[] LENGTHS = {4, 12, 32};

  final int columns;
  final byte[][] bytes; // by id
  final int[][] slices; // masks; each holds those before it
  final TokenTrie[] tries; // i: all tokens that are not in slice i - 1
  final int[] endTokens;
  final SortedTokens sorted;

  /** First and last byte at each place, of all plain characters. */
  final List<int[]> plainBytes = new ArrayList<>();

  TokenSet(TokenVocabulary vocabulary) {
    columns = vocabulary.columns();
    Set<Integer> controls = new HashSet<>(vocabulary.controls().values());
    bytes = new byte[columns][];
    Arrays.setAll(bytes, id -> vocabulary.bytes(id, controls));
    sorted = new SortedTokens(bytes);
    endTokens =
        vocabulary.endTokens().stream().filter(id -> id < columns).mapToInt(i -> i).toArray();
    int[] lengths = new int[columns];
    Arrays.setAll(lengths, id -> bytes[id].length == 0 ? -1 : PlainText.length(bytes[id]));
    slices = new int[LENGTHS.length][(columns + 31) / 32];
    tries = new TokenTrie[LENGTHS.length + 1];
    for (int level = 0; level <= LENGTHS.length; level++) {
      List<Integer> others = new ArrayList<>();
      for (int id = 0; id < columns; id++) {
        if (level > 0 && lengths[id] > 0 && lengths[id] <= LENGTHS[level - 1]) {
          slices[level - 1][id >>> 5] |= 1 << id;
        } else {
          others.add(id);
        }
      }
      tries[level] = new TokenTrie(bytes, others);
    }
    CodePoints plain =
        CodePoints.of(0x20, CodePoints.ALL.bounds()[CodePoints.ALL.bounds().length - 1])
            .minus(CodePoints.in("\"\\\u007F"));
    Utf8.split(plain, plainBytes::add);
  }

  int words() {
    return (columns + 31) / 32;
  }
}
