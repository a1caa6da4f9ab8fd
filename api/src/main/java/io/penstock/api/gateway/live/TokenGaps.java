package io.penstock.api.gateway.live;

import java.util.Arrays;

/**
 * Times between the tokens of one choice. Bounded: when it is full, each two neighbours become one,
 * the longer of them, so that what a person would notice stays. Thread-safe.
 */
final class TokenGaps {
  private static final int MOST = 512;
  private static final int FIRST = 16;

  private int[] micros = new int[FIRST];
  private int size;
  private int stride = 1;
  private int pending;
  private int inPending;

  synchronized void add(long nanos) {
    pending = Math.max(pending, (int) Math.min(Integer.MAX_VALUE, nanos / 1000));
    if (++inPending == stride) {
      if (size == MOST) {
        halve();
      } else if (size == micros.length) {
        micros = Arrays.copyOf(micros, Math.min(2 * size, MOST));
      }
      micros[size++] = pending;
      pending = 0;
      inPending = 0;
    }
  }

  private void halve() {
    size = MOST / 2;
    for (int i = 0; i < size; i++) {
      micros[i] = Math.max(micros[2 * i], micros[2 * i + 1]);
    }
    stride *= 2;
  }

  /**
   * @param stride tokens that one value stands for
   * @param micros longest gap of each, microseconds
   */
  record Series(int stride, int[] micros) {}

  synchronized Series series() {
    return new Series(stride, Arrays.copyOf(micros, size));
  }
}
