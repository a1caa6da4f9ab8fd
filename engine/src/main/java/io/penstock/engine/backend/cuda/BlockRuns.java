package io.penstock.engine.backend.cuda;

import java.util.ArrayList;
import java.util.List;

/** Pairs of a block and its slot as runs in which both count up: each is one copy. */
final class BlockRuns {
  private BlockRuns() {}

  /** Blocks {@code [block, block + length)} and slots {@code [slot, slot + length)}. */
  record Run(int block, int slot, int length) {}

  static List<Run> of(int[] blocks, int[] slots) {
    List<Run> runs = new ArrayList<>();
    int begin = 0;
    for (int i = 1; i <= blocks.length; i++) {
      boolean goesOn =
          i < blocks.length && blocks[i] == blocks[i - 1] + 1 && slots[i] == slots[i - 1] + 1;
      if (!goesOn) {
        runs.add(new Run(blocks[begin], slots[begin], i - begin));
        begin = i;
      }
    }
    return runs;
  }
}
