package io.penstock.engine.grammar.mask;

/**
 * A set of tokens. Small sets are kept as lists: most states allow a few tokens, and a mask of the
 * whole vocabulary takes kilobytes.
 */
final class TokenMask {
  private final int words;
  private final int[] bits; // or null
  private final int[] ids;

  private TokenMask(int words, int[] bits, int[] ids) {
    this.words = words;
    this.bits = bits;
    this.ids = ids;
  }

  /** Takes a copy of {@code bits}. */
  static TokenMask of(int[] bits) {
    int count = 0;
    for (int word : bits) {
      count += Integer.bitCount(word);
    }
    if (count > bits.length / 2) {
      return new TokenMask(bits.length, bits.clone(), null);
    }
    int[] ids = new int[count];
    int size = 0;
    for (int w = 0; w < bits.length; w++) {
      for (int word = bits[w]; word != 0; word &= word - 1) {
        ids[size++] = w << 5 | Integer.numberOfTrailingZeros(word);
      }
    }
    return new TokenMask(bits.length, null, ids);
  }

  /** A bit for each token, 32 a word, lowest first. Not to be written. */
  int[] bits() {
    if (bits != null) {
      return bits;
    }
    int[] made = new int[words];
    for (int id : ids) {
      made[id >>> 5] |= 1 << id;
    }
    return made;
  }

  boolean isDense() {
    return bits != null;
  }

  boolean isEmpty() {
    return bits == null && ids.length == 0;
  }
}
