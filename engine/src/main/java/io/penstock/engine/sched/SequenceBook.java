package io.penstock.engine.sched;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.kv.BlockTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * All sequences and where they stand. Every change of state goes through here, so that lists, queue
 * and counts agree. The list of those that run is cleaned only when a plan begins; the counts are
 * exact always.
 */
final class SequenceBook {
  final AdmissionQueue queue;
  private final BlockPool pool;
  private final SharedPrefixes prefixes;
  private final Offloading offloading;
  private final Map<Long, Sequence> sequences = new HashMap<>();
  private final List<Sequence> running = new ArrayList<>();
  private final int[] runningOfTier = new int[ServiceTier.values().length];
  private final int[] waitingOfTier = new int[ServiceTier.values().length];
  private int runningCount;
  private int waitingCount;
  private int waitingWithCache; // choices that have shared a prompt

  SequenceBook(
      BlockPool pool, AdmissionQueue queue, SharedPrefixes prefixes, Offloading offloading) {
    this.pool = pool;
    this.queue = queue;
    this.prefixes = prefixes;
    this.offloading = offloading;
  }

  // ---- changes of state

  void add(Sequence sequence) {
    sequences.put(sequence.id, sequence);
    sequence.account.sequences++;
  }

  /** Waits, for its first step or to go on. */
  void enqueue(Sequence sequence) {
    if (!sequence.begun() && !sequence.embeds() && !sequence.scores) { // states are in no cache
      prefixes.name(sequence);
    }
    moveTo(sequence, Sequence.State.WAITING);
    queue.add(sequence);
  }

  /** Leaves the queue and runs; its blocks are there. */
  void run(Sequence sequence) {
    queue.remove(sequence);
    sequence.begin();
    moveTo(sequence, Sequence.State.RUNNING);
    running.add(sequence);
    prefixes.announce(sequence);
  }

  /**
   * Gives its place and blocks back, their content to the host if that pays, and waits to go on.
   */
  void yield(Sequence sequence) {
    prefixes.withdraw(sequence);
    if (!offloading.tryOffload(sequence)) {
      sequence.dropCache();
    }
    enqueue(sequence);
  }

  /** Nothing is left to compute for it, or it may not be. */
  void rest(Sequence sequence, Sequence.State state) {
    prefixes.withdraw(sequence);
    moveTo(sequence, state);
    offloading.drop(sequence);
    sequence.table.release();
  }

  /** Forgets it; null when it is not known. */
  Sequence end(long id) {
    Sequence sequence = sequences.remove(id);
    if (sequence == null) {
      return null;
    }
    if (sequence.state == Sequence.State.WAITING) {
      queue.remove(sequence);
    }
    prefixes.withdraw(sequence);
    moveTo(sequence, Sequence.State.ENDED);
    sequence.account.sequences--;
    offloading.drop(sequence);
    sequence.table.release(); // perhaps of a step in flight: see Scheduler, "Blocks in flight"
    return sequence;
  }

  /** A waiting choice loses the prompt that it shares. */
  void dropWaitingCache(Sequence sequence) {
    sequence.dropCache();
    sequence.waitsWithCache = false;
    waitingWithCache--;
  }

  private void moveTo(Sequence sequence, Sequence.State state) {
    count(sequence, -1);
    sequence.state = state;
    count(sequence, 1);
  }

  private void count(Sequence sequence, int change) {
    switch (sequence.state) {
      case RUNNING -> {
        runningCount += change;
        runningOfTier[sequence.request.tier().ordinal()] += change;
      }
      case WAITING -> {
        waitingCount += change;
        waitingOfTier[sequence.request.tier().ordinal()] += change;
        boolean holds = change > 0 && !sequence.table.isEmpty();
        waitingWithCache += holds ? 1 : sequence.waitsWithCache ? -1 : 0;
        sequence.waitsWithCache = holds;
      }
      default -> {}
    }
  }

  // ---- what is asked

  Sequence get(long id) {
    return sequences.get(id);
  }

  /** By id; not to be changed. */
  Map<Long, Sequence> all() {
    return sequences;
  }

  boolean isEmpty() {
    return sequences.isEmpty();
  }

  /** Those that run, in the order in which they were admitted, after what left is dropped. */
  List<Sequence> running() {
    running.removeIf(sequence -> sequence.state != Sequence.State.RUNNING);
    return running;
  }

  int runningCount() {
    return runningCount;
  }

  int waitingCount() {
    return waitingCount;
  }

  int runningCount(ServiceTier tier) {
    return runningOfTier[tier.ordinal()];
  }

  int waitingCount(ServiceTier tier) {
    return waitingOfTier[tier.ordinal()];
  }

  boolean someWaitWithCache() {
    return waitingWithCache > 0;
  }

  void checkInvariants() {
    List<BlockTable> tables = new ArrayList<>();
    int[] inState = new int[Sequence.State.values().length];
    int withCache = 0;
    int followers = 0;
    for (Sequence sequence : sequences.values()) {
      tables.add(sequence.table);
      inState[sequence.state.ordinal()]++;
      followers += Choices.alive(sequence.siblings).size();
      boolean waits = sequence.state == Sequence.State.WAITING;
      withCache += waits && !sequence.table.isEmpty() ? 1 : 0;
      Invariants.require(
          sequence.state == Sequence.State.COMPLETE
              || sequence.state == Sequence.State.STOPPED
              || pool.blocksFor(sequence.computed())
                  <= Math.max(sequence.table.ids().length, sequence.slots.length),
          "sequence %d has fewer blocks than tokens",
          sequence.id);
      Invariants.require(
          sequence.length() <= sequence.promptLength() + sequence.request.maxTokens(),
          "sequence %d has more tokens than it may",
          sequence.id);
      Invariants.require(
          sequence.state != Sequence.State.RUNNING || running.contains(sequence),
          "sequence %d does not run",
          sequence.id);
      boolean resuming = queue.tier(sequence.tier).hasResuming(sequence);
      boolean beginning = sequence.account.waiting.contains(sequence);
      Invariants.require(
          resuming == (waits && sequence.begun()) && beginning == (waits && !sequence.begun()),
          "sequence %d waits where it should not, or nowhere",
          sequence.id);
    }
    pool.checkInvariants(tables);
    offloading.checkInvariants(sequences.values());
    queue.checkInvariants();
    prefixes.checkInvariants();
    requireCount(inState[Sequence.State.RUNNING.ordinal()], runningCount, "running sequences");
    requireCount(inState[Sequence.State.WAITING.ordinal()], waitingCount, "waiting sequences");
    requireCount(
        Arrays.stream(runningOfTier).sum(), runningCount, "running sequences of all tiers");
    requireCount(
        Arrays.stream(waitingOfTier).sum(), waitingCount, "waiting sequences of all tiers");
    requireCount(inState[Sequence.State.FOLLOWING.ordinal()], followers, "following choices");
    requireCount(inState[Sequence.State.ENDED.ordinal()], 0, "ended sequences");
    requireCount(withCache, waitingWithCache, "shared prompts");
  }

  private static void requireCount(int found, int counted, String what) {
    Invariants.require(found == counted, "%d %s are counted as %d", found, what, counted);
  }
}
