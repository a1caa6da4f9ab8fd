package io.penstock.engine.sched;

import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.kv.BlockTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Decides what each step computes: continuous batching (Orca, OSDI 2022) with chunked prefill
 * (Sarathi-Serve, arXiv 2403.02310) over a paged cache (arXiv 2309.06180).
 *
 * <p>There is no prefill phase and no decode phase. A sequence has tokens, some of them computed;
 * each step lets computed tokens catch up with the total, and a sequence that has caught up gets a
 * next token.
 *
 * <ul>
 *   <li><b>Budget.</b> Every running sequence that lacks one token gets it; prompts share what is
 *       left of {@code maxNumBatchedTokens}. So a long prompt never holds up a decode.
 *   <li><b>Admission.</b> The first in order is admitted when blocks for all its present tokens are
 *       free, and one more for every running sequence, so that the next block boundary does not
 *       undo it. When the first does not fit nobody overtakes it.
 *   <li><b>Preemption.</b> Running sequences are served in order; when blocks run out the last in
 *       order gives its own back and waits in its old place, keeping its tokens. The first in order
 *       can always go on, so the engine never stalls.
 *   <li><b>Choices.</b> With n &gt; 1 the first choice computes the prompt; then the others share
 *       its full blocks and compute only the tail.
 * </ul>
 *
 * <p>Deterministic, without threads, clocks or randomness: the same calls give the same plans. For
 * one thread.
 */
public final class Scheduler {
  private final SchedulerConfig config;
  private final BlockPool pool;
  private final OrderingPolicy policy;

  private final List<Sequence> running = new ArrayList<>();
  private final List<Sequence> waiting = new ArrayList<>();
  private final Map<Long, Sequence> sequences = new HashMap<>();
  private long nextId;
  private int queuedRequests;
  private long preemptions;

  public Scheduler(SchedulerConfig config, BlockPool pool, OrderingPolicy policy) {
    this.config = config;
    this.pool = pool;
    this.policy = policy;
  }

  // ---- requests come and go

  /** Takes a request into the queue, or says why not. */
  public Submission submit(SchedulingRequest request) {
    long length = (long) request.promptTokens().length + request.maxTokens();
    if (length > config.maxModelLen()) {
      return new Submission.TooLong(
          "The prompt has %d tokens and max_tokens is %d; together they must not exceed the context of %d tokens."
              .formatted(request.promptTokens().length, request.maxTokens(), config.maxModelLen()));
    }
    if (pool.blocksFor((int) length - 1) > pool.totalBlocks()) { // the last token is not computed
      return new Submission.TooLong(
          "Prompt and max_tokens take %d tokens, the KV cache holds %d in all."
              .formatted(length, (long) pool.totalBlocks() * pool.blockSize()));
    }
    if (queuedRequests >= config.maxQueuedRequests()) {
      return new Submission.QueueFull(
          "%d requests are waiting, which is the limit; try again later."
              .formatted(queuedRequests));
    }
    List<Sequence> choices = new ArrayList<>(request.n());
    for (int i = 0; i < request.n(); i++) {
      Sequence choice = new Sequence(nextId++, request, pool);
      sequences.put(choice.id, choice);
      choices.add(choice);
    }
    Sequence first = choices.removeFirst();
    first.siblings = choices;
    enqueue(first);
    return new Submission.Accepted(first.id);
  }

  /** Removes a sequence, whatever its state, and frees its blocks. Unknown ids are ignored. */
  public void finish(long sequence) {
    Sequence ended = sequences.remove(sequence);
    if (ended == null) {
      return;
    }
    running.remove(ended);
    waiting.remove(ended);
    ended.table.release();
    leaveQueue(ended);
    passOn(ended);
  }

  // ---- one step

  /** Chooses the tokens of the next step and gives them blocks. Empty when there is no work. */
  public StepPlan plan() {
    List<ScheduledSequence> plan = new ArrayList<>();
    running.sort(policy);
    int budget = config.maxNumBatchedTokens() - decodes();
    long preemptionsBefore = preemptions;
    for (int i = 0; i < running.size(); i++) { // shrinks from its end, never before i
      Sequence sequence = running.get(i);
      boolean decode = sequence.remaining() == 1;
      int tokens = decode ? 1 : Math.min(sequence.remaining(), budget);
      if (tokens == 0) {
        continue;
      }
      if (!grow(sequence, i, sequence.computed() + tokens)) {
        preemptLast();
        break;
      }
      budget -= decode ? 0 : tokens;
      plan.add(sequence.schedule(tokens));
    }
    if (preemptions == preemptionsBefore) {
      admit(plan, budget);
    }
    return new StepPlan(plan);
  }

  /**
   * Counts a plan's tokens as computed; sequences that ended since are skipped. Then every sampled
   * sequence of the plan is to be given its token ({@link #append}) or to end ({@link #finish}).
   */
  public void advance(StepPlan plan) {
    for (ScheduledSequence scheduled : plan.sequences()) {
      Sequence sequence = sequences.get(scheduled.sequence());
      if (sequence != null) {
        sequence.advance(scheduled.tokenIds().length);
        if (!sequence.siblings.isEmpty() && sequence.computed() >= sequence.promptLength()) {
          fork(sequence);
        }
      }
    }
  }

  /** Adds a generated token, to be computed by the next step. */
  public void append(long sequence, int token) {
    sequences.get(sequence).append(token);
  }

  private int decodes() {
    int decodes = 0;
    for (Sequence sequence : running) {
      decodes += sequence.remaining() == 1 ? 1 : 0;
    }
    return decodes;
  }

  private void admit(List<ScheduledSequence> plan, int budget) {
    while (budget > 0 && running.size() < config.maxNumSeqs() && !waiting.isEmpty()) {
      Sequence next = waiting.stream().min(policy).orElseThrow();
      if (!makeRoomFor(next)) {
        return;
      }
      waiting.remove(next);
      running.add(next);
      leaveQueue(next);
      int tokens = Math.min(next.remaining(), budget);
      budget -= tokens;
      plan.add(next.schedule(tokens));
    }
  }

  private boolean makeRoomFor(Sequence next) {
    while (next.table.missingBlocks(next.length()) + running.size() > pool.freeBlocks()) {
      // Alone, it fits as soon as no other waiting choice keeps a shared prompt.
      if (!running.isEmpty() || !dropWaitingCache(next, false)) {
        return false;
      }
    }
    return next.table.tryGrow(next.length());
  }

  // ---- blocks run out

  /** Grows a running sequence; those behind it in order yield. False when nobody is left to. */
  private boolean grow(Sequence sequence, int index, int tokens) {
    while (!sequence.table.tryGrow(tokens)) {
      if (dropWaitingCache(sequence, true)) {
        continue;
      }
      if (index < running.size() - 1) {
        preemptLast();
      } else if (!dropWaitingCache(sequence, false)) {
        return false;
      }
    }
    return true;
  }

  private void preemptLast() {
    Sequence victim = running.removeLast();
    victim.dropCache();
    waiting.add(victim);
    preemptions++;
  }

  /**
   * Takes the shared prompt from the last waiting choice that has one.
   *
   * @param onlyIfItFrees leave those alone whose blocks have other owners too
   * @return whether there was one
   */
  private boolean dropWaitingCache(Sequence except, boolean onlyIfItFrees) {
    Sequence last = null;
    for (Sequence candidate : waiting) {
      if (candidate != except
          && !candidate.table.isEmpty()
          && (!onlyIfItFrees || soleOwner(candidate))
          && (last == null || policy.compare(candidate, last) > 0)) {
        last = candidate;
      }
    }
    if (last == null) {
      return false;
    }
    last.dropCache();
    return true;
  }

  private boolean soleOwner(Sequence sequence) {
    for (int block : sequence.table.ids()) {
      if (pool.referenceCount(block) == 1) {
        return true;
      }
    }
    return false;
  }

  // ---- choices

  private void fork(Sequence first) {
    for (Sequence sibling : alive(first.siblings)) {
      sibling.shareFrom(first, pool.blockSize());
      waiting.add(sibling);
    }
    first.siblings = List.of();
  }

  /** When a choice ends before its prompt is computed, the next one computes it. */
  private void passOn(Sequence ended) {
    List<Sequence> heirs = alive(ended.siblings);
    if (!heirs.isEmpty()) {
      Sequence first = heirs.removeFirst();
      first.siblings = heirs;
      enqueue(first);
    }
  }

  private List<Sequence> alive(List<Sequence> choices) {
    List<Sequence> alive = new ArrayList<>(choices);
    alive.removeIf(choice -> !sequences.containsKey(choice.id));
    return alive;
  }

  private void enqueue(Sequence first) {
    first.queued = true;
    queuedRequests++;
    waiting.add(first);
  }

  private void leaveQueue(Sequence sequence) {
    if (sequence.queued) {
      sequence.queued = false;
      queuedRequests--;
    }
  }

  // ---- what is seen from outside

  public boolean hasWork() {
    return !sequences.isEmpty();
  }

  public int runningSequences() {
    return running.size();
  }

  /** Sequences that wait for their first step, for blocks, or for a place. */
  public int waitingSequences() {
    return waiting.size();
  }

  public long preemptions() {
    return preemptions;
  }

  /** Checks that lists, counts and block pool agree; for tests. */
  void checkInvariants() {
    List<BlockTable> tables = new ArrayList<>();
    int reachable = running.size() + waiting.size();
    int queued = 0;
    for (Sequence sequence : sequences.values()) {
      tables.add(sequence.table);
      reachable += alive(sequence.siblings).size();
      queued += sequence.queued ? 1 : 0;
      if (sequence.computed() > sequence.table.ids().length * pool.blockSize()) {
        throw new IllegalStateException(
            "sequence " + sequence.id + " has fewer blocks than tokens");
      }
    }
    pool.checkInvariants(tables);
    if (reachable != sequences.size()
        || queued != queuedRequests
        || running.size() > config.maxNumSeqs()
        || !sequences.values().containsAll(running)
        || !sequences.values().containsAll(waiting)) {
      throw new IllegalStateException(
          "%d sequences, %d running, %d waiting, %d reachable, %d of %d queued"
              .formatted(
                  sequences.size(),
                  running.size(),
                  waiting.size(),
                  reachable,
                  queued,
                  queuedRequests));
    }
  }
}
