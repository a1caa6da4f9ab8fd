package io.penstock.engine.backend.cuda;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The batch sizes at which decode steps are recorded: 1, 2, 4, then every eighth up to the largest.
 * A batch between two of them is padded to the larger one; above 4 that costs a GPU nearly nothing,
 * because its matrix instructions take tokens by the eight anyway.
 */
final class DecodeBuckets {
  private static final int STRIDE = 8;
  private static final int MOST = 40; // a graph takes time to record and memory to keep
  private static final int DENSE = 32;

  private final int[] sizes; // ascending

  /**
   * @param largest most sequences of a step; from 300 on the stride grows, so that there are no
   *     more than 40 sizes
   */
  DecodeBuckets(int largest) {
    int stride = STRIDE;
    while (3 + Math.ceilDiv(largest, stride) > MOST) {
      stride *= 2;
    }
    int step = stride;
    IntStream small = IntStream.of(1, 2, 4);
    IntStream strided = IntStream.range(1, Math.ceilDiv(largest, step)).map(i -> i * step);
    this.sizes =
        IntStream.concat(IntStream.concat(small, strided), IntStream.of(largest))
            .filter(size -> size <= largest)
            .distinct()
            .sorted()
            .toArray();
  }

  /** Ascending. */
  int[] sizes() {
    return sizes.clone();
  }

  /** Those worth recording before they are needed: the small ones, and every fourth above. */
  int[] common() {
    return Arrays.stream(sizes)
        .filter(size -> size <= DENSE || size % DENSE == 0 || size == largest())
        .toArray();
  }

  int largest() {
    return sizes[sizes.length - 1];
  }

  /**
   * The smallest size that holds {@code sequences}.
   *
   * @throws IllegalArgumentException when none does
   */
  int sizeFor(int sequences) {
    int at = Arrays.binarySearch(sizes, sequences);
    int index = at >= 0 ? at : -at - 1;
    if (sequences < 1 || index == sizes.length) {
      throw new IllegalArgumentException(sequences + " sequences; sizes " + Arrays.toString(sizes));
    }
    return sizes[index];
  }
}
