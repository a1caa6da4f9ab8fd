package io.penstock.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What would lie in the cache and on the host if plans were carried out: for each token a number
 * that says whose it is. So a wrong block, slot or order of copies is noticed where it is read.
 */
final class CacheContents {
  private static final long SHARED = 1L << 40; // choices of a request have a prompt in common

  private final int blockSize;
  private final long[][] device;
  private final long[][] host;

  CacheContents(int blocks, int slots, int blockSize) {
    this.blockSize = blockSize;
    this.device = new long[blocks][blockSize];
    this.host = new long[slots][blockSize];
  }

  void copy(StepPlan plan) {
    for (CacheCopy copy : plan.offloads()) {
      for (int i = 0; i < copy.blocks().length; i++) {
        host[copy.slots()[i]] = device[copy.blocks()[i]].clone();
      }
    }
    for (CacheCopy copy : plan.restores()) {
      for (int i = 0; i < copy.blocks().length; i++) {
        device[copy.blocks()[i]] = host[copy.slots()[i]].clone();
      }
    }
  }

  /**
   * Reads the tokens before the scheduled ones and writes these.
   *
   * @param request of which the sequence is a choice
   */
  void compute(ScheduledSequence s, long request) {
    for (int position = 0; position < s.contextLength(); position++) {
      long[] block = device[s.blockTable()[position / blockSize]];
      long owner = position < s.promptLength() ? SHARED + request : s.sequence();
      long content = 1 + owner * 1000 + position;
      if (position < s.firstPosition()) {
        assertThat(block[position % blockSize])
            .as("token %d of sequence %d", position, s.sequence())
            .isEqualTo(content);
      } else {
        block[position % blockSize] = content;
      }
    }
  }
}
