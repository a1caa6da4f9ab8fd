package io.penstock.engine.runtime;

import io.penstock.engine.backend.SwapSpace;
import io.penstock.engine.sched.CacheCopy;
import io.penstock.engine.sched.ScheduledSequence;
import io.penstock.engine.sched.StepPlan;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The copies of a plan as calls of a {@link SwapSpace}. Blocks that no sequence of the plan has in
 * its table are copied beside its step: mostly all that a preempted sequence gave up but the few
 * that others took at once, and all of the sequences that come back.
 */
final class CacheCopies {
  private final int[] blocks;
  private final int[] slots;

  private CacheCopies(List<CacheCopy> copies, BitSet used, boolean wanted) {
    int total = copies.stream().mapToInt(copy -> copy.blocks().length).sum();
    int[] blocks = new int[total];
    int[] slots = new int[total];
    int size = 0;
    for (CacheCopy copy : copies) {
      for (int i = 0; i < copy.blocks().length; i++) {
        if (used.get(copy.blocks()[i]) == wanted) {
          blocks[size] = copy.blocks()[i];
          slots[size++] = copy.slots()[i];
        }
      }
    }
    this.blocks = Arrays.copyOf(blocks, size);
    this.slots = Arrays.copyOf(slots, size);
  }

  /** Enqueues them, ahead of the plan's step. */
  static void enqueue(StepPlan plan, SwapSpace swap) {
    if (!plan.copies()) {
      return;
    }
    BitSet used = new BitSet();
    for (ScheduledSequence sequence : plan.sequences()) {
      for (int block : sequence.blockTable()) {
        used.set(block);
      }
    }
    for (boolean beside : new boolean[] {false, true}) {
      CacheCopies part = new CacheCopies(plan.offloads(), used, !beside);
      if (part.blocks.length > 0) {
        swap.offload(part.blocks, part.slots, beside);
      }
    }
    for (boolean beside : new boolean[] {false, true}) {
      CacheCopies part = new CacheCopies(plan.restores(), used, !beside);
      if (part.blocks.length > 0) {
        swap.restore(part.slots, part.blocks, beside);
      }
    }
  }
}
