package io.penstock.engine.sched;

import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.kv.BlockTable;
import java.util.ArrayList;
import java.util.Comparator;
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
 *       left of {@code maxNumBatchedTokens}, at most {@code maxPrefillTokensWhileDecoding} of it.
 *       So a long prompt never holds up a decode.
 *   <li><b>Admission.</b> The first in order is admitted when blocks for all its present tokens are
 *       free and blocks are expected to last until it and all running sequences have ended ({@link
 *       BlockForecast}, {@link GrowthEstimate}), or when nothing runs. When the first does not fit
 *       nobody overtakes it.
 *   <li><b>Preemption.</b> Running sequences are served in order; when blocks run out the last in
 *       order gives its own back and waits in its old place, keeping its tokens; what they hold is
 *       kept on the host if that is cheaper ({@link Offloading}). The first in order can always go
 *       on, so the engine never stalls.
 *   <li><b>Choices.</b> With n &gt; 1 the first choice computes the prompt; then the others share
 *       its full blocks and compute only the tail.
 *   <li><b>Steps in flight.</b> A plan may follow before the step of the one before has run. A
 *       launched step counts as computed at once, and each sequence that it samples gets a
 *       placeholder, which the next plan computes like any token: the device knows its value by
 *       then ({@link ScheduledSequence#pendingToken}). A plan refers to placeholders of the step
 *       launched just before only, so each must be resolved before the plan after the next. What a
 *       sequence may generate at most is known, so nothing is computed beyond that; only one that
 *       ends early leaves a token in the step in flight that nobody wants.
 *   <li><b>Blocks in flight.</b> Blocks are given back, and to others, while a step that uses them
 *       is still in flight. That is safe: steps run in the order in which they were launched, so
 *       whoever gets a block writes it after the last step that its former owner was in.
 * </ul>
 *
 * <p>Deterministic, without threads, clocks or randomness: the same calls give the same plans. For
 * one thread. A plan of n running sequences costs O(n) plus sorting what is nearly sorted already.
 */
public final class Scheduler {
  private final SchedulerConfig config;
  private final BlockPool pool;
  private final OrderingPolicy policy;
  private final Comparator<OrderingPolicy.Place> lastFirst;
  private final Offloading offloading;

  // What ended or left is dropped from both lists by the next plan; the counts are exact always.
  private final List<Sequence> running = new ArrayList<>();
  private final List<Sequence> waiting = new ArrayList<>(); // next to be admitted at the end
  private int runningCount;
  private int waitingCount;
  private int waitingWithCache; // choices that have shared a prompt

  private final Map<Long, Sequence> sequences = new HashMap<>();
  private final GrowthEstimate growth;
  private final BlockForecast forecast = new BlockForecast();
  private long nextId;
  private int queuedRequests;
  private long preemptions;

  /**
   * @param offloading where preempted sequences may leave their caches; no other scheduler's
   */
  public Scheduler(
      SchedulerConfig config, BlockPool pool, OrderingPolicy policy, Offloading offloading) {
    this(config, pool, policy, offloading, new GrowthEstimate());
  }

  /**
   * @param growth what is known of how much sequences grow
   */
  Scheduler(
      SchedulerConfig config,
      BlockPool pool,
      OrderingPolicy policy,
      Offloading offloading,
      GrowthEstimate growth) {
    this.config = config;
    this.pool = pool;
    this.policy = policy;
    this.offloading = offloading;
    this.growth = growth;
    this.lastFirst = policy.reversed();
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
    if (ended.generated() > 0) {
      growth.ended(ended.request.maxTokens(), ended.generated());
    }
    leaveQueue(ended);
    moveTo(ended, Sequence.State.ENDED);
    ended.table.release(); // perhaps of a step in flight: see "Blocks in flight"
    offloading.drop(ended);
    passOn(ended);
  }

  // ---- one step

  /**
   * Chooses the tokens of the next step and gives them blocks. Empty when there is no work, or none
   * before a step in flight is resolved.
   */
  public StepPlan plan() {
    running.removeIf(sequence -> sequence.state != Sequence.State.RUNNING);
    running.sort(policy);
    List<ScheduledSequence> plan = new ArrayList<>(config.maxNumSeqs());
    int budget = promptBudget();
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
    return offloading.plan(plan);
  }

  /**
   * Counts a plan's tokens as computed: its step was launched, after all steps before it. Must
   * follow {@link #plan} at once. Every sampled sequence of the plan gets a placeholder and is to
   * be given its token ({@link #resolve}) or to end ({@link #finish}) when the step has run.
   */
  public void launched(StepPlan plan) {
    int row = 0;
    for (ScheduledSequence scheduled : plan.sequences()) {
      Sequence sequence = sequences.get(scheduled.sequence());
      sequence.advance(scheduled.tokenIds().length);
      if (scheduled.sampled()) {
        sequence.await(row++);
      }
      if (!sequence.siblings.isEmpty() && sequence.computed() >= sequence.promptLength()) {
        fork(sequence);
      }
      if (sequence.isComplete()) {
        moveTo(sequence, Sequence.State.COMPLETE);
        sequence.table.release(); // its seat and blocks serve others while its last step runs
      }
    }
  }

  /** Gives a sequence the token that its oldest placeholder stands for. */
  public void resolve(long sequence, int token) {
    sequences.get(sequence).resolve(token);
  }

  /**
   * A plan's step failed, and so did all launched after it: what its copies should have moved is
   * computed again. The sequences that it computed are to be ended ({@link #finish}).
   */
  public void failed(StepPlan plan) {
    offloading.lost(plan, sequences);
  }

  /** Tokens of prompts that the next step may compute. */
  private int promptBudget() {
    int decodes = 0;
    for (Sequence sequence : running) {
      decodes += sequence.remaining() == 1 ? 1 : 0;
    }
    int budget = config.maxNumBatchedTokens() - decodes;
    int bound = config.maxPrefillTokensWhileDecoding();
    return decodes > 0 && bound > 0 ? Math.min(budget, bound) : budget;
  }

  // ---- admission

  private void admit(List<ScheduledSequence> plan, int budget) {
    if (budget == 0 || waitingCount == 0 || runningCount == config.maxNumSeqs()) {
      return;
    }
    waiting.removeIf(sequence -> sequence.state != Sequence.State.WAITING);
    waiting.sort(lastFirst);
    forecast.clear();
    for (Sequence sequence : running) {
      forecast.add(expectedBlocks(sequence), sequence.ownBlocks());
    }
    while (budget > 0 && runningCount < config.maxNumSeqs() && waitingCount > 0) {
      Sequence next = waiting.getLast();
      boolean offloaded = next.isOffloaded();
      if (offloaded && !offloading.canRestore(next) || !makeRoomFor(next)) {
        return;
      }
      waiting.removeLast();
      moveTo(next, Sequence.State.RUNNING);
      next.table.tryGrow(next.length()); // it fits
      running.add(next);
      leaveQueue(next);
      if (offloaded) {
        offloading.restore(next);
        if (!plan.isEmpty()) {
          continue; // it comes back beside this step, which need not wait for it
        }
      }
      int tokens = Math.min(next.remaining(), budget);
      budget -= tokens;
      plan.add(next.schedule(tokens));
    }
  }

  private boolean makeRoomFor(Sequence next) {
    while (!fits(next)) {
      // Alone, it fits as soon as no other waiting choice keeps a shared prompt.
      if (runningCount > 0 || !dropWaitingCache(next, false)) {
        return false;
      }
    }
    return true;
  }

  private boolean fits(Sequence next) {
    int missing = next.table.missingBlocks(next.length());
    int left = pool.freeBlocks() - missing;
    if (left < 0) {
      return false;
    }
    int expected = expectedBlocks(next);
    int ownBlocks = next.ownBlocks() + missing;
    if (runningCount == 0) {
      forecast.add(expected, ownBlocks); // whatever it takes
      return true;
    }
    return forecast.tryAdd(expected, ownBlocks, left);
  }

  private int expectedBlocks(Sequence sequence) {
    return pool.blocksFor(growth.expected(sequence.request.maxTokens(), sequence.furtherTokens()));
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

  /** A placeholder of its own is resolved by the time that it runs again: see {@link #plan}. */
  private void preemptLast() {
    Sequence victim = running.removeLast();
    if (!offloading.tryOffload(victim)) {
      victim.dropCache();
    }
    enterWaiting(victim);
    preemptions++;
    // Too many were admitted: expect as much of the others as if it had used all that it may.
    growth.ended(victim.request.maxTokens(), victim.request.maxTokens());
  }

  /**
   * Takes the shared prompt from the last waiting choice that has one.
   *
   * @param onlyIfItFrees leave those alone whose blocks have other owners too
   * @return whether there was one
   */
  private boolean dropWaitingCache(Sequence except, boolean onlyIfItFrees) {
    if (waitingWithCache == 0) {
      return false;
    }
    Sequence last = null;
    for (Sequence candidate : waiting) {
      if (candidate != except
          && candidate.state == Sequence.State.WAITING
          && !candidate.table.isEmpty()
          && (!onlyIfItFrees || candidate.table.ownsAny())
          && (last == null || policy.compare(candidate, last) > 0)) {
        last = candidate;
      }
    }
    if (last == null) {
      return false;
    }
    last.dropCache();
    waitingWithCache--;
    return true;
  }

  // ---- choices

  private void fork(Sequence first) {
    for (Sequence sibling : alive(first.siblings)) {
      sibling.shareFrom(first, pool.blockSize());
      enterWaiting(sibling);
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
    alive.removeIf(choice -> choice.state == Sequence.State.ENDED);
    return alive;
  }

  // ---- lists

  private void enqueue(Sequence first) {
    first.queued = true;
    queuedRequests++;
    enterWaiting(first);
  }

  private void leaveQueue(Sequence sequence) {
    if (sequence.queued) {
      sequence.queued = false;
      queuedRequests--;
    }
  }

  private void enterWaiting(Sequence sequence) {
    moveTo(sequence, Sequence.State.WAITING);
    waiting.add(sequence);
  }

  private void moveTo(Sequence sequence, Sequence.State state) {
    count(sequence, -1);
    sequence.state = state;
    count(sequence, 1);
  }

  private void count(Sequence sequence, int change) {
    switch (sequence.state) {
      case RUNNING -> runningCount += change;
      case WAITING -> {
        waitingCount += change;
        waitingWithCache += sequence.table.isEmpty() ? 0 : change;
      }
      default -> {}
    }
  }

  // ---- what is seen from outside

  public boolean hasWork() {
    return !sequences.isEmpty();
  }

  public int runningSequences() {
    return runningCount;
  }

  /** Sequences that wait for their first step, for blocks, or for a place. */
  public int waitingSequences() {
    return waitingCount;
  }

  public long preemptions() {
    return preemptions;
  }

  /** Checks that lists, counts and block pool agree; for tests. */
  void checkInvariants() {
    List<BlockTable> tables = new ArrayList<>();
    int[] inState = new int[Sequence.State.values().length];
    int queued = 0;
    int withCache = 0;
    int followers = 0;
    for (Sequence sequence : sequences.values()) {
      tables.add(sequence.table);
      inState[sequence.state.ordinal()]++;
      queued += sequence.queued ? 1 : 0;
      followers += alive(sequence.siblings).size();
      boolean waits = sequence.state == Sequence.State.WAITING;
      withCache += waits && !sequence.table.isEmpty() ? 1 : 0;
      require(
          sequence.state == Sequence.State.COMPLETE
              || pool.blocksFor(sequence.computed())
                  <= Math.max(sequence.table.ids().length, sequence.slots.length),
          "sequence %d has fewer blocks than tokens",
          sequence.id);
      require(
          sequence.length() <= sequence.promptLength() + sequence.request.maxTokens(),
          "sequence %d has more tokens than it may",
          sequence.id);
      require(
          sequence.state != Sequence.State.RUNNING || running.contains(sequence),
          "sequence %d does not run",
          sequence.id);
      require(!waits || waiting.contains(sequence), "sequence %d waits in no list", sequence.id);
    }
    pool.checkInvariants(tables);
    offloading.checkInvariants(sequences.values());
    require(inState[Sequence.State.RUNNING.ordinal()] == runningCount, "running is miscounted");
    require(inState[Sequence.State.WAITING.ordinal()] == waitingCount, "waiting is miscounted");
    require(inState[Sequence.State.FOLLOWING.ordinal()] == followers, "a choice follows nobody");
    require(inState[Sequence.State.ENDED.ordinal()] == 0, "an ended sequence is kept");
    require(withCache == waitingWithCache, "shared prompts are miscounted");
    require(queued == queuedRequests, "queued requests are miscounted");
    require(runningCount <= config.maxNumSeqs(), "too many run");
  }

  private static void require(boolean holds, String message, Object... arguments) {
    if (!holds) {
      throw new IllegalStateException(message.formatted(arguments));
    }
  }
}
