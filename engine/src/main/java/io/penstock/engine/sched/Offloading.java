package io.penstock.engine.sched;

import io.penstock.engine.kv.HostSlots;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;

/**
 * Keeps the caches of preempted sequences on the host, where there is room and copying is cheaper
 * than computing again; and counts what is copied. Decisions and bookkeeping only: the copies are
 * part of the {@link StepPlan}s.
 *
 * <ul>
 *   <li><b>What is copied.</b> The blocks of the computed tokens, those of launched steps included:
 *       a plan's copies are made after all steps launched before it, so these tokens are in the
 *       cache by then. A placeholder is not computed, and known when its sequence resumes. Blocks
 *       that choices share are copied with the rest; the sequence only gives up its reference.
 *   <li><b>Order.</b> In a plan all offloads come before all restores. A slot that a restore reads
 *       is therefore given to others from the next plan on only, while a block may change hands at
 *       once.
 *   <li><b>Plans without sequences</b> are not computed, so copies wait for the next plan that has
 *       some. Blocks freed meanwhile are not written before that.
 * </ul>
 *
 * <p>For one thread, one scheduler's.
 */
public final class Offloading {
  private final HostSlots host;
  private final PreemptionCost cost;
  private final IntSupplier blocksBesideAStep;

  // Of plans to come: a restored sequence keeps its slots until its copy is part of a plan.
  private final List<CacheCopy> offloads = new ArrayList<>();
  private final List<Sequence> restored = new ArrayList<>();
  private int restoredBlocks;

  private long offloadedSequences;
  private long copiedBlocks;

  /**
   * @param host where there is room; none turns offloading off
   * @param blocksBesideAStep blocks that can be brought back while a step is computed: where there
   *     are more, sequences come back one after the other, so that streams which go on do not wait
   *     for many of them at once
   */
  public Offloading(HostSlots host, PreemptionCost cost, IntSupplier blocksBesideAStep) {
    this.host = host;
    this.cost = cost;
    this.blocksBesideAStep = blocksBesideAStep;
  }

  /** Preempted sequences are always computed again. */
  public static Offloading none() {
    return new Offloading(new HostSlots(0), (_, _) -> false, () -> 0);
  }

  // ---- the scheduler plans

  /**
   * Moves the cache of a sequence that loses its blocks to the host, if that pays and fits. It has
   * no blocks any more then, and what is computed stays computed.
   *
   * @return whether it was moved; if not, the sequence is as before
   */
  boolean tryOffload(Sequence victim) {
    if (restored.remove(victim)) { // its copy is on the host yet
      restoredBlocks -= victim.slots.length;
      victim.offloadTo(victim.slots);
      return true;
    }
    int[] blocks = victim.table.idsOf(victim.computed());
    if (blocks.length == 0 || !cost.offloadPays(victim.computed(), blocks.length)) {
      return false;
    }
    int[] slots = host.tryAllocate(blocks.length);
    if (slots.length == 0) {
      return false;
    }
    offloads.add(new CacheCopy(victim.id, blocks, slots));
    victim.offloadTo(slots);
    offloadedSequences++;
    return true;
  }

  /** Whether a step that brings back what was planned so far can bring this one back too. */
  boolean canRestore(Sequence sequence) {
    return restored.isEmpty()
        || restoredBlocks + sequence.slots.length <= blocksBesideAStep.getAsInt();
  }

  /** Brings an offloaded sequence back into its table, which has grown to hold it. */
  void restore(Sequence sequence) {
    restored.add(sequence);
    restoredBlocks += sequence.slots.length;
  }

  /** Forgets what a sequence has on the host, if anything. */
  void drop(Sequence sequence) {
    if (!sequence.isOffloaded()) {
      return;
    }
    offloads.removeIf(copy -> copy.slots() == sequence.slots); // not made yet
    if (restored.remove(sequence)) {
      restoredBlocks -= sequence.slots.length;
    }
    release(sequence);
  }

  /** The plan that computes {@code sequences} and makes the copies that are due. */
  StepPlan plan(List<ScheduledSequence> sequences) {
    if (sequences.isEmpty() || offloads.isEmpty() && restored.isEmpty()) {
      return new StepPlan(sequences);
    }
    List<CacheCopy> restores = new ArrayList<>(restored.size());
    for (Sequence sequence : restored) {
      restores.add(
          new CacheCopy(sequence.id, sequence.table.idsOf(sequence.computed()), sequence.slots));
      release(sequence);
    }
    StepPlan plan = new StepPlan(sequences, offloads, restores);
    count(plan.offloads());
    count(plan.restores());
    offloads.clear();
    restored.clear();
    restoredBlocks = 0;
    return plan;
  }

  /** Whether copies wait for the next plan. */
  boolean owesCopies() {
    return !offloads.isEmpty() || !restored.isEmpty();
  }

  /** What a failed plan's copies should have moved is computed again. */
  void lost(StepPlan failed, Map<Long, Sequence> sequences) {
    for (List<CacheCopy> copies : List.of(failed.offloads(), failed.restores())) {
      for (CacheCopy copy : copies) {
        Sequence sequence = sequences.get(copy.sequence());
        if (sequence != null) {
          drop(sequence);
          sequence.recompute();
        }
      }
    }
  }

  private void release(Sequence sequence) {
    host.release(sequence.slots);
    sequence.slots = Sequence.NO_SLOTS;
  }

  private void count(List<CacheCopy> copies) {
    for (CacheCopy copy : copies) {
      copiedBlocks += copy.blocks().length;
    }
  }

  // ---- what is seen from outside

  /** Sequences whose caches were moved to the host. */
  public long offloadedSequences() {
    return offloadedSequences;
  }

  /** Blocks copied, to the host or back. */
  public long copiedBlocks() {
    return copiedBlocks;
  }

  public int totalSlots() {
    return host.total();
  }

  public int freeSlots() {
    return host.free();
  }

  /** Checks that the sequences' slots and the free ones are all there are; for tests. */
  void checkInvariants(Collection<Sequence> sequences) {
    host.checkInvariants(sequences.stream().map(sequence -> sequence.slots).toList());
    for (Sequence sequence : sequences) {
      if (sequence.isOffloaded()
          && sequence.state != Sequence.State.WAITING
          && !restored.contains(sequence)) {
        throw new IllegalStateException("sequence " + sequence.id + " has slots and does not wait");
      }
    }
  }
}
