package io.penstock.engine.grammar.mask;

import io.penstock.engine.grammar.automaton.Distances;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The tokens of a vocabulary in the order of their bytes, to ask which bytes are a token. */
final class SortedTokens implements Distances.Pieces {
  private final byte[][] sorted;
  private final int[] firstOf = new int[257]; // by the first byte

  /**
   * @param bytes by id; ids without bytes are left out
   */
  SortedTokens(byte[][] bytes) {
    sorted =
        IntStream.range(0, bytes.length)
            .filter(id -> bytes[id].length > 0)
            .mapToObj(id -> bytes[id])
            .sorted(Arrays::compareUnsigned)
            .toArray(byte[][]::new);
    for (int value = 1; value <= 256; value++) {
      firstOf[value] = firstNotBelow(firstOf[value - 1], sorted.length, 0, value);
    }
  }

  @Override
  public int size() {
    return sorted.length;
  }

  @Override
  public boolean narrow(int[] range, int depth, int value) {
    if (depth == 0) {
      range[0] = firstOf[value];
      range[1] = firstOf[value + 1];
    } else {
      range[0] = firstNotBelow(range[0], range[1], depth, value);
      range[1] = firstNotBelow(range[0], range[1], depth, value + 1);
    }
    return range[0] < range[1] && sorted[range[0]].length == depth + 1;
  }

  /** The first token whose byte at a place is not below a value; a token that ends there is. */
  private int firstNotBelow(int from, int to, int depth, int value) {
    int low = from;
    int high = to;
    while (low < high) {
      int middle = low + high >>> 1;
      byte[] token = sorted[middle];
      if (token.length <= depth || (token[depth] & 0xFF) < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
