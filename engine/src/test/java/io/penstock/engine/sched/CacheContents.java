package io.penstock.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.function.IntToLongFunction;

/**
 * What would lie in the cache and on the host if plans were carried out: for each token a number
 * that says whose it is. So a wrong block, slot or order of copies is noticed where it is read.
 */
final class CacheContents {
  static final long UNKNOWN = 0;
  private static final long NEVER_WRITTEN = -1;
  private static final long SHARED = 1L << 40; // choices of a request have a prompt in common

  private final int blockSize;
  private final long[][] device;
  private final long[][] host;

  CacheContents(int blocks, int slots, int blockSize) {
    this.blockSize = blockSize;
    this.device = new long[blocks][blockSize];
    this.host = new long[slots][blockSize];
    for (long[][] blocksOf : new long[][][] {device, host}) {
      for (long[] block : blocksOf) {
        Arrays.fill(block, NEVER_WRITTEN);
      }
    }
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

  /** What a failed plan should have written is nobody's. */
  void lose(StepPlan failed) {
    failed.offloads().forEach(copy -> lose(host, copy.slots()));
    failed.restores().forEach(copy -> lose(device, copy.blocks()));
    for (ScheduledSequence s : failed.sequences()) {
      for (int p = s.firstPosition(); p < s.contextLength(); p++) {
        device[s.blockTable()[p / blockSize]][p % blockSize] = NEVER_WRITTEN;
      }
    }
  }

  private static void lose(long[][] memory, int[] blocks) {
    for (int block : blocks) {
      Arrays.fill(memory[block], NEVER_WRITTEN);
    }
  }

  /** Of tokens that are the request's prompt, or the sequence's own. */
  void compute(ScheduledSequence s, long request) {
    compute(
        s,
        position -> {
          long owner = position < s.promptLength() ? SHARED + request : s.sequence();
          return 1 + owner * 1000 + position;
        });
  }

  /**
   * Reads the tokens before the scheduled ones and writes these.
   *
   * @param contents by position; {@link #UNKNOWN} when a token is in flight, which then may be
   *     anything
   */
  void compute(ScheduledSequence s, IntToLongFunction contents) {
    for (int position = 0; position < s.contextLength(); position++) {
      long[] block = device[s.blockTable()[position / blockSize]];
      long content = contents.applyAsLong(position);
      if (position >= s.firstPosition()) {
        block[position % blockSize] = content;
      } else if (content != UNKNOWN) {
        assertThat(block[position % blockSize])
            .as("token %d of sequence %d", position, s.sequence())
            .isIn(content, UNKNOWN);
      }
    }
  }
}
