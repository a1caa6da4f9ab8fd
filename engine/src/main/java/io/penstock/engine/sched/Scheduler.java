package io.penstock.engine.sched;

import io.penstock.engine.core.ServiceTier;
import io.penstock.engine.core.TenantBudget;
import io.penstock.engine.core.WaitCause;
import io.penstock.engine.kv.BlockPool;
import io.penstock.engine.sched.Submission.QueueFull;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides what each step computes: continuous batching (Orca, OSDI 2022) with chunked prefill
 * (Sarathi-Serve, arXiv 2403.02310) over a paged cache (arXiv 2309.06180), fair between tenants
 * (VTC, arXiv 2401.00588). What it guarantees, and why, stands in bench/sched/NOTES.md.
 *
 * <p>There is no prefill phase and no decode phase. A sequence has tokens, some of them computed;
 * each step lets computed tokens catch up with the total, and a sequence that has caught up gets a
 * next token.
 *
 * <ul>
 *   <li><b>Who waits where:</b> {@link AdmissionQueue}, {@link TierQueue}, {@link TenantAccounts};
 *       how many may: {@link QueueLimits}; for how long: {@link WaitEstimate}.
 *   <li><b>What a step computes:</b> {@link StepPlanner}, {@link TierShares}, {@link
 *       PrefillBudget}.
 *   <li><b>Who has blocks:</b> {@link BlockSupply}, {@link VictimChoice}, {@link SharedPrefixes}.
 *       The best in order can always go on, so the engine never stalls.
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
 * <p>Deterministic, without threads or randomness, and without a clock of its own: the same calls
 * in the same {@link SchedulerContext} give the same plans. For one thread. A plan of n running
 * sequences costs O(n), and O(log w) for each that is admitted of w waiting ones.
 */
public final class Scheduler {
  private final SchedulerConfig config;
  private final SchedulerContext context;
  private final BlockPool pool;
  private final GrowthEstimate growth;
  private final AdmissionQueue queue;
  private final SharedPrefixes prefixes;
  private final SequenceBook book;
  private final Choices choices;
  private final BlockSupply supply;
  private final ServiceMeter service;
  private final WaitEstimate waits;
  private final QueueLimits limits;
  private final StepPlanner planner;
  private final StepMetering metering;

  private final List<Long> stopped = new ArrayList<>();
  private final List<Rejection> rejected = new ArrayList<>();
  private long nextId;

  public Scheduler(SchedulerConfig config, BlockPool pool) {
    this(config, pool, SchedulerContext.NONE);
  }

  public Scheduler(SchedulerConfig config, BlockPool pool, SchedulerContext context) {
    this(config, pool, context, new GrowthEstimate());
  }

  /**
   * @param growth what is known of how much sequences grow
   */
  Scheduler(
      SchedulerConfig config, BlockPool pool, SchedulerContext context, GrowthEstimate growth) {
    this.config = config;
    this.context = context;
    this.pool = pool;
    this.growth = growth;
    SchedulingPolicy policy = config.policy();
    this.queue = new AdmissionQueue(policy, largestLag(config, pool));
    this.prefixes = new SharedPrefixes(context.prefixes(), pool);
    this.book = new SequenceBook(pool, queue, prefixes, context.offloading());
    this.choices = new Choices(pool, book);
    this.supply = new BlockSupply(pool, book, growth);
    this.service = new ServiceMeter(config, context.cost());
    this.waits = new WaitEstimate(config, context.cost(), book);
    this.limits = new QueueLimits(config, queue, waits);
    this.planner = new StepPlanner(config, context, book, supply, prefixes, service, this::giveUp);
    this.metering = new StepMetering(context.cost());
  }

  private static double largestLag(SchedulerConfig config, BlockPool pool) {
    return TenantAccounts.largestLag(
        ServiceMeter.largest(config.policy()),
        config.maxModelLen(),
        (long) pool.totalBlocks() * pool.blockSize());
  }

  // ---- requests come and go

  /** Takes a request into the queue, or says why not. */
  public Submission submit(SchedulingRequest request) {
    String tooLong = tooLong(request);
    if (tooLong != null) {
      return new Submission.TooLong(tooLong);
    }
    SchedulingPolicy policy = config.policy();
    int tier = policy.tierOf(request);
    TenantAccount account = queue.tier(tier).accounts.of(policy.tenantOf(request));
    account.apply(request.terms());
    Submission.Refused late = late(request, account);
    if (late != null) {
      return late;
    }
    QueueLimits.Verdict verdict = limits.check(request, account);
    if (verdict.refusal() != null) {
      return verdict.refusal();
    }
    if (verdict.displaced() != null) {
      giveUp(
          verdict.displaced(),
          new QueueFull(
              QueueFull.Bound.DISPLACED,
              "It waited and was given up, as the queue is full and others go before it; try again later.",
              waits.untilBegun(queue.tier(verdict.displaced().tier).work, 1)));
    }
    planner.seen(tier);
    return accept(request, account);
  }

  private String tooLong(SchedulingRequest request) {
    long length = (long) request.longestPrompt() + request.maxTokens();
    if (length > config.maxModelLen() && request.embeds()) {
      return "An input has %d tokens; it must not exceed the model's %d."
          .formatted(length, config.maxModelLen());
    }
    if (length > config.maxModelLen()) {
      return "The prompt has %d tokens and max_tokens is %d; together they must not exceed the context of %d tokens."
          .formatted(request.promptTokens().length, request.maxTokens(), config.maxModelLen());
    }
    int computed = // never the last generated one
        (int) (request.generatesNothing() ? length : length - 1);
    if (pool.blocksFor(computed) > pool.totalBlocks()) {
      return "Prompt and max_tokens take %d tokens, the KV cache holds %d in all."
          .formatted(length, (long) pool.totalBlocks() * pool.blockSize());
    }
    return null;
  }

  private Submission.Refused late(SchedulingRequest request, TenantAccount account) {
    if (request.deadlineNanos() == SchedulingRequest.NO_DEADLINE) {
      return null;
    }
    double left = request.deadlineNanos() - context.clock().getAsLong();
    double estimate =
        waits.untilComplete(
            account,
            (int) Math.min(Integer.MAX_VALUE, request.allPromptTokens()),
            Math.max(1, expectedOutput(request)));
    return left > 0 && estimate <= left
        ? null
        : new Submission.DeadlineUnmeetable(
            "The answer would be complete in about %d ms, its deadline is in %d ms."
                .formatted((long) (estimate / 1e6), (long) (left / 1e6)),
            (long) estimate);
  }

  private Submission accept(SchedulingRequest request, TenantAccount account) {
    List<Sequence> siblings = new ArrayList<>(request.n());
    for (int i = 0; i < request.n(); i++) {
      Sequence choice = new Sequence(nextId++, request, i, account, config.policy(), pool);
      choice.expectedOutput = expectedOutput(request);
      book.add(choice);
      siblings.add(choice);
    }
    Sequence first = siblings.removeFirst();
    first.siblings = siblings;
    first.scores = request.scored();
    book.enqueue(first);
    return new Submission.Accepted(first.id);
  }

  private int expectedOutput(SchedulingRequest request) {
    return growth.expected(request.maxTokens(), request.maxTokens());
  }

  /** Removes a sequence, whatever its state, and frees its blocks. Unknown ids are ignored. */
  public void finish(long sequence) {
    Sequence ended = book.end(sequence);
    if (ended == null) {
      return;
    }
    if (ended.generated() > 0) {
      growth.ended(ended.request.maxTokens(), ended.generated());
    }
    if (ended.pending() > 1) { // one of them is the token that ended it
      SchedulingRequest request = ended.request;
      context.budget().giveBack(request.tenant(), request.id(), ended.pending() - 1);
    }
    choices.passOn(ended);
  }

  /** Takes a request that waits, all its choices, out of the queue. */
  private void giveUp(Sequence first, Submission.Refused reason) {
    rejected.add(new Rejection(first.id, reason));
    List<Sequence> siblings = Choices.alive(first.siblings);
    first.siblings = List.of();
    book.end(first.id);
    siblings.forEach(sibling -> book.end(sibling.id));
  }

  /** Requests that were accepted and given up since the last call, see {@link QueueLimits}. */
  public List<Rejection> takeRejected() {
    return take(rejected);
  }

  /**
   * Sequences that their tenant's budget ended since the last call: all their tokens are resolved,
   * and they are to be finished.
   */
  public List<Long> takeStopped() {
    return take(stopped);
  }

  private static <T> List<T> take(List<T> list) {
    if (list.isEmpty()) {
      return List.of();
    }
    List<T> taken = List.copyOf(list);
    list.clear();
    return taken;
  }

  // ---- one step

  /**
   * Chooses the tokens of the next step and gives them blocks. Empty when there is no work, or none
   * before a step in flight is resolved.
   */
  public StepPlan plan() {
    StepPlan plan = planner.plan(stopped);
    waits.planned(planner.budget().decodes(), planner.budget().decodeContext());
    return plan;
  }

  /**
   * Chooses urgent prompts to be computed amid a step that is on the device, see {@link
   * InterposedStep}. What is launched of it is to be awaited and resolved before the next {@link
   * #plan}. Cheap where there is nothing to choose.
   *
   * @param running the only step in flight
   * @param leftNanos until that is expected to end
   * @param stretchedNanos that it will have taken by then, with all that was computed amid it
   * @return empty for nothing
   */
  public StepPlan planAmid(StepPlan running, double leftNanos, double stretchedNanos) {
    if (config.maxInterposedTokens() == 0
        || !context.cost().known()
        || running.copies()
        || context.offloading().owesCopies()
        || !planner.someInterpose(leftNanos)) {
      return StepPlan.EMPTY;
    }
    return planner.planAmid(
        new InterposedStep(
            config,
            context.cost(),
            running,
            book::get,
            pool.blockSize(),
            leftNanos,
            stretchedNanos),
        stopped);
  }

  /**
   * Counts a plan's tokens as computed: its step was launched, after all steps before it. Must
   * follow {@link #plan} at once. Every sampled sequence of the plan gets a placeholder and is to
   * be given its token ({@link #resolve}) or to end ({@link #finish}) when the step has run.
   */
  public void launched(StepPlan plan) {
    int row = 0;
    for (ScheduledSequence scheduled : plan.sequences()) {
      Sequence sequence = book.get(scheduled.sequence());
      sequence.advance(scheduled.tokenIds().length);
      prefixes.publish(sequence);
      if (scheduled.sampled()) {
        sequence.await(row++);
      }
      if (!sequence.siblings.isEmpty()) {
        if (sequence.embeds()) {
          choices.release(sequence);
        } else if (sequence.computed() >= sequence.promptLength()) {
          choices.fork(sequence);
        }
      }
      if (sequence.isComplete()) { // its place and blocks serve others while its last step runs
        book.rest(sequence, Sequence.State.COMPLETE);
      }
    }
  }

  /** Gives a sequence the token that its oldest placeholder stands for. */
  public void resolve(long sequence, int token) {
    Sequence resolved = book.get(sequence);
    resolved.resolve(token);
    if (resolved.state == Sequence.State.STOPPED && resolved.pending() == 0) {
      stopped.add(sequence);
    }
  }

  /** Whether a step in flight samples a token of it. */
  public boolean awaitsToken(long sequence) {
    return book.get(sequence).pending() > 0;
  }

  /**
   * Gives a sequence further tokens that are known without being sampled: the next step computes
   * them together with what else is left of it. Where it {@link #awaitsToken}, the first of them is
   * that one, and what the step samples is not to be given to it. Its tenant's budget is asked for
   * the others.
   *
   * @param tokens fewer than it may still generate; the sequence must not await more than one
   * @return false when the budget does not allow them; nothing has changed then
   */
  public boolean append(long sequence, int[] tokens) {
    Sequence extended = book.get(sequence);
    SchedulingRequest request = extended.request;
    int further = tokens.length - extended.pending();
    if (extended.state != Sequence.State.RUNNING
        || context.budget() != TenantBudget.UNLIMITED
            && !context.budget().tryTake(request.tenant(), request.id(), further)) {
      return false;
    }
    extended.append(tokens);
    return true;
  }

  /** How long a plan's step is expected to take, nanoseconds; 0 when that is not known. */
  public double expectedNanos(StepPlan plan) {
    return context.cost().known() ? context.cost().nanos(StepShape.of(plan)) : 0;
  }

  /** Learns from a step that has run: to be called before its tokens are resolved. */
  public void measured(StepPlan plan, long nanos) {
    measured(plan, nanos, false);
  }

  /**
   * @param nanos its own time, without that of a step that was computed amid it
   * @param amid whether it was computed amid another, or another amid it: for a moment they ran
   *     beside each other then
   */
  public void measured(StepPlan plan, long nanos, boolean amid) {
    StepShape shape = StepShape.of(plan);
    metering.split(plan, nanos, book::get);
    if (!plan.copies() && !amid) { // one that waited, for copies say, tells nothing of tokens
      context.cost().measured(shape, nanos);
    }
    service.measured(shape.decodes(), shape.decodeContext());
  }

  /**
   * A plan's step failed, and so did all launched after it: nobody knows what the cache holds, and
   * what the plan's copies should have moved is computed again. The sequences that it computed are
   * to be ended ({@link #finish}).
   */
  public void failed(StepPlan plan) {
    prefixes.clear();
    context.offloading().lost(plan, book.all());
  }

  // ---- what is seen from outside

  public boolean hasWork() {
    return !book.isEmpty();
  }

  public int runningSequences() {
    return book.runningCount();
  }

  /** Sequences that wait for their first step, for blocks, or for a place. */
  public int waitingSequences() {
    return book.waitingCount();
  }

  /** What those that wait after the last plan wait for. */
  public WaitCause waitsFor() {
    return planner.waitsFor();
  }

  public int runningSequences(ServiceTier tier) {
    return book.runningCount(tier);
  }

  public int waitingSequences(ServiceTier tier) {
    return book.waitingCount(tier);
  }

  public long preemptions() {
    return supply.preemptions();
  }

  /** What a sequence has used; to be asked before it is finished. */
  public SequenceUsage usage(long id) {
    Sequence sequence = book.get(id);
    return sequence == null
        ? SequenceUsage.NONE
        : new SequenceUsage(sequence.computeNanos, sequence.blockNanos);
  }

  /** Device time that was spent on tokens which nobody wanted any more. */
  public double unclaimedNanos() {
    return metering.unclaimedNanos();
  }

  /** What tokens count now. */
  public ServiceWeights serviceWeights() {
    return service.weights();
  }

  /** A tier's tenants and what they were served; for simulations and metrics, O(tenants). */
  public List<TenantService> services(int tier) {
    List<TenantService> services = new ArrayList<>();
    for (TenantAccount account : queue.tier(tier).accounts.all()) {
      services.add(
          new TenantService(
              account.tenant, account.weight, account.service, account.waiting.size()));
    }
    return services;
  }

  /**
   * Largest difference in service by weight between tenants that wait: see {@link TenantAccounts}.
   */
  public double serviceGapBound(double leastWeight) {
    return queue.tier(0).accounts.serviceGapBound(leastWeight);
  }

  /** Checks that lists, counts, queue, counters and block pool agree; for tests. */
  public void checkInvariants() {
    book.checkInvariants();
    Invariants.require(book.runningCount() <= config.maxNumSeqs(), "too many run");
  }
}
