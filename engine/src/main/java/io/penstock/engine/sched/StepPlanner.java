package io.penstock.engine.sched;

import io.penstock.engine.core.WaitCause;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Chooses the tokens of one step, in this order:
 *
 * <ol>
 *   <li>Running sequences that lack one token get the block that it may need; when blocks run out
 *       somebody yields ({@link VictimChoice}).
 *   <li>When the first that waits belongs to a higher tier than some that run, and there is no
 *       place or no block for it, one of those yields.
 *   <li>Each of them gets its token, but for tenants that are too far ahead of others that wait.
 *   <li>Prompts share what is left ({@link PrefillBudget}): by tier ({@link TierShares}), then
 *       those that go on, then by tenant. A prompt that has begun goes on until another tenant is
 *       behind by more than the window.
 * </ol>
 *
 * When the next in order does not fit nobody overtakes it.
 */
final class StepPlanner {
  private final SchedulerConfig config;
  private final SchedulingPolicy policy;
  private final SchedulerContext context;
  private final SequenceBook book;
  private final AdmissionQueue queue;
  private final BlockSupply supply;
  private final SharedPrefixes prefixes;
  private final PrefillBudget budget;
  private final TierShares shares;
  private final ServiceMeter service;
  private final ExpressStep express;
  private final BiConsumer<Sequence, Submission.Refused> giveUp;
  private final Places places;
  private final BudgetGate budgets;

  private final List<ScheduledSequence> plan = new ArrayList<>();
  private final List<Sequence> begun = new ArrayList<>(); // running, with more than a token to go
  private final List<Sequence> paused = new ArrayList<>();
  private final List<Sequence> behind = new ArrayList<>(); // an urgent prompt
  private int urgentTokens;
  private int urgentBefore;
  private boolean urgentComputed; // any of those that streams sit out for
  private long number;
  private boolean lacksBlocks; // somebody was not admitted for lack of them

  /**
   * @param giveUp takes a request out that will not be served
   */
  StepPlanner(
      SchedulerConfig config,
      SchedulerContext context,
      SequenceBook book,
      BlockSupply supply,
      SharedPrefixes prefixes,
      ServiceMeter service,
      BiConsumer<Sequence, Submission.Refused> giveUp) {
    this.config = config;
    this.policy = config.policy();
    this.context = context;
    this.book = book;
    this.queue = book.queue;
    this.supply = supply;
    this.prefixes = prefixes;
    this.service = service;
    this.giveUp = giveUp;
    this.budget = new PrefillBudget(config, context.cost());
    this.express = new ExpressStep(config, context.cost(), book);
    this.shares = new TierShares(policy.tiers(), Math.max(1, policy.window()));
    this.places = new Places(config, book);
    this.budgets = new BudgetGate(context.budget(), book);
  }

  /** A request of this tier came. */
  void seen(int tier) {
    places.seen(tier, number);
  }

  /**
   * @param stoppedNow takes sequences whose budget ended and that await no token
   */
  StepPlan plan(List<Long> stoppedNow) {
    number++;
    plan.clear();
    budgets.begin(stoppedNow);
    long preemptionsBefore = supply.preemptions();
    for (Sequence sequence : List.copyOf(book.running())) {
      if (sequence.state == Sequence.State.RUNNING && supply.lacksBlocks(sequence)) {
        supply.grow(sequence);
      }
    }
    boolean mayAdmit = supply.preemptions() == preemptionsBefore;
    lacksBlocks = !mayAdmit;
    if (mayAdmit && policy.byTier()) {
      makeWay();
    }
    computeDecodes(mayAdmit);
    computePrompts(mayAdmit);
    if (!urgentComputed) { // it found no place, say: nobody sits out for it
      budget.takeSittingOut().forEach(this::decodeIfItFits);
    }
    while (plan.isEmpty() && !paused.isEmpty()) { // all that run are ahead of those that wait
      supply.preempt(paused.removeLast());
      computePrompts(true);
    }
    budget.end();
    return context.offloading().plan(plan);
  }

  /** What those that still wait after the last plan wait for. */
  WaitCause waitsFor() {
    if (book.waitingCount() == 0) {
      return WaitCause.NONE;
    }
    return lacksBlocks
        ? WaitCause.CACHE
        : places.has(queue.tiers() - 1, number) ? WaitCause.STEP : WaitCause.PLACE;
  }

  /** Whether a prompt waits that should not wait for so long. */
  boolean someInterpose(double nanos) {
    for (int tier = 0; tier < queue.tiers(); tier++) {
      long threshold = policy.tiers().get(tier).interposeNanos();
      if (threshold > 0 && nanos > threshold && queue.tier(tier).work.requests > 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * Prompts to be computed amid a step that runs, see {@link InterposedStep}; empty for none.
   *
   * @param stoppedNow as for {@link #plan}
   */
  StepPlan planAmid(InterposedStep step, List<Long> stoppedNow) {
    number++;
    plan.clear();
    budgets.begin(stoppedNow);
    supply.beginAdmission();
    int tier = shares.order(true)[0]; // one that is owed much goes first, in a step of its own
    Sequence next;
    while (step.mayTake(tier) && places.has(tier, number) && (next = head(tier)) != null) {
      if (next.begun()) {
        break;
      }
      if (expired(next) || isBeingComputed(next)) {
        continue;
      }
      if (!queue.mayCharge(next, service.of(next, next.remaining()))
          || !step.admits(next, supply, prefixes)) {
        break;
      }
      begin(next);
      if (budgets.allow(next, next.remaining())) {
        step.take(next);
        schedule(next, next.remaining());
      }
    }
    return new StepPlan(plan);
  }

  /** Decodes of the last plan, and what they looked at. */
  PrefillBudget budget() {
    return budget;
  }

  // ---- one token each

  private void computeDecodes(boolean mayAdmit) {
    budget.begin();
    begun.clear();
    paused.clear();
    behind.clear();
    for (Sequence sequence : book.running()) {
      if (sequence.remaining() != 1) {
        begun.add(sequence);
      }
    }
    lookForUrgent(mayAdmit);
    for (Sequence sequence : book.running()) {
      if (sequence.remaining() == 1) {
        if (!queue.mayCharge(sequence, service.of(sequence, 1))) {
          paused.add(sequence);
        } else if (express.isBehind(sequence) && budget.maySitOut(sequence, express.limitNanos())) {
          behind.add(sequence);
        } else {
          decode(sequence);
        }
      }
    }
    computeBehind();
    computeForced();
    budget.beginPrompts();
    yieldOfPaused();
  }

  private void lookForUrgent(boolean mayAdmit) {
    Sequence first = context.cost().known() ? next(mayAdmit, true) : null;
    if (first != null && first.state == Sequence.State.WAITING && prefixes.isBeingComputed(first)) {
      first = null;
    }
    int most =
        first != null && express.mayExceedBound(first)
            ? config.maxUrgentBatchedTokens()
            : config.maxNumBatchedTokens();
    int room = Math.max(0, most - book.runningCount() + begun.size());
    int cached = first == null ? 0 : prefixes.cachedTokens(first);
    int tokens = first == null ? 0 : first.remaining() - cached;
    express.begin(number, first, tokens, room);
    urgentComputed = false;
    urgentTokens = express.tokens(tokens, room);
    urgentBefore = first == null ? 0 : first.computed() + cached;
  }

  /** Streams that go after an urgent prompt take part as long as its step stays short. */
  private void computeBehind() {
    for (Sequence sequence : behind) {
      if (budget.wouldExceed(express.limitNanos(), sequence, urgentTokens, urgentBefore)) {
        budget.addSittingOut(sequence);
      } else {
        decode(sequence);
      }
    }
  }

  /** Tokens that were forced go with their stream's next one, where the step has room for them. */
  private void computeForced() {
    for (Sequence sequence : List.copyOf(begun)) {
      int tokens = sequence.remaining();
      if (sequence.isAhead()
          && budget.hasTokensLeft(tokens)
          && queue.mayCharge(sequence, service.of(sequence, tokens))) {
        begun.remove(sequence);
        if (budgets.allow(sequence, tokens)) {
          budget.addDecode(sequence, express.isBehind(sequence));
          budget.addForced(tokens - 1);
          schedule(sequence, tokens);
        }
      }
    }
  }

  private void decode(Sequence sequence) {
    if (budgets.allow(sequence, 1)) {
      budget.addDecode(sequence, express.isBehind(sequence));
      schedule(sequence, 1);
    }
  }

  private void decodeIfItFits(Sequence sequence) {
    if (budget.hasUsualTokensLeft()) {
      decode(sequence);
    } else {
      budget.addSittingOut(sequence);
    }
  }

  /** The latest sequence of each tenant that is too far ahead makes room for others. */
  private void yieldOfPaused() {
    for (int i = paused.size() - 1; i >= 0; i--) {
      Sequence last = paused.get(i);
      boolean later = false;
      for (int j = i + 1; j < paused.size() && !later; j++) {
        later = paused.get(j).account == last.account;
      }
      if (!later && paused.size() > 1) {
        paused.remove(i);
        supply.preempt(last);
      }
    }
  }

  private void schedule(Sequence sequence, int tokens) {
    double amount = service.of(sequence, tokens);
    sequence.charged(tokens);
    queue.charge(sequence, amount);
    shares.served(sequence.tier, amount, queue);
    plan.add(sequence.schedule(tokens));
  }

  // ---- prompts

  private void computePrompts(boolean mayAdmit) {
    supply.beginAdmission();
    boolean admits = mayAdmit;
    while (budget.hasTokensLeft()) {
      Sequence next = next(admits, express.applies());
      if (next == null) {
        return;
      }
      if (next.state == Sequence.State.WAITING) {
        if (expired(next)) {
          continue;
        }
        if (!next.begun() && isBeingComputed(next)) {
          continue;
        }
        if (tokensFor(next) == 0) {
          return;
        }
        boolean comesBack = next.isOffloaded();
        if (comesBack && !context.offloading().canRestore(next) || !admit(next)) {
          admits = false;
          lacksBlocks = true;
          continue;
        }
        if (comesBack) {
          context.offloading().restore(next);
          if (!plan.isEmpty()) {
            continue; // it comes back beside this step, which need not wait for it
          }
        }
      } else {
        begun.remove(next);
      }
      int tokens = tokensFor(next);
      if (tokens == 0) {
        return;
      }
      if (!queue.mayCharge(next, service.of(next, tokens))) {
        paused.add(next);
      } else if (budgets.allow(next, tokens)) {
        budget.take(next, tokens);
        schedule(next, tokens);
        urgentComputed |= express.applies() && express.isUrgent(next);
      }
    }
  }

  private int tokensFor(Sequence sequence) {
    return budget.tokensFor(
        sequence,
        express.limitFor(sequence),
        express.isUrgent(sequence),
        express.mayExceedBound(sequence));
  }

  /**
   * A prompt that has begun, or one that waits; null when there is none.
   *
   * @param urgent see {@link TierShares#order}
   */
  private Sequence next(boolean admits, boolean urgent) {
    for (int tier : shares.order(urgent)) {
      Sequence first = VictimChoice.lastOf(begun, tier);
      Sequence head = admits && places.has(tier, number) ? head(tier) : null;
      if (head != null && express.leavesPlaces(head) && !places.hasBesides(tier, number)) {
        head = null;
      }
      if (first != null || head != null) {
        return head == null || first != null && !overtakes(head, first) ? first : head;
      }
    }
    return null;
  }

  /** The next that waits in a tier: first who goes on, unless its tenant is too far ahead. */
  private Sequence head(int tier) {
    TierQueue waiting = queue.tier(tier);
    for (Sequence sequence : waiting.resuming()) {
      if (queue.mayCharge(sequence, service.of(sequence, sequence.remaining()))) {
        return sequence;
      }
    }
    Sequence next = waiting.next(number, prefixes::cachedTokens);
    Sequence following =
        waiting.following(input -> queue.mayCharge(input, service.of(input, input.remaining())));
    return following == null || next != null && next.account.counter < following.account.counter
        ? next
        : following;
  }

  private boolean overtakes(Sequence head, Sequence begunOne) {
    return head.account != begunOne.account
        && head.account.counter + policy.window() < begunOne.account.counter;
  }

  private boolean expired(Sequence next) {
    SchedulingRequest request = next.request;
    if (next.begun()
        || request.deadlineNanos() == SchedulingRequest.NO_DEADLINE
        || context.clock().getAsLong() < request.deadlineNanos()) {
      return false;
    }
    giveUp.accept(
        next, new Submission.DeadlineUnmeetable("Its deadline passed while it waited.", 0));
    return true;
  }

  private boolean isBeingComputed(Sequence next) {
    if (!prefixes.isBeingComputed(next)) {
      return false;
    }
    next.account.deferredInPlan = number;
    return true;
  }

  // ---- places

  private boolean admit(Sequence next) {
    boolean attached = prefixes.attach(next);
    if (!supply.hasRoomFor(next)) {
      if (attached) {
        next.dropCache();
      }
      return false;
    }
    begin(next);
    next.table.tryGrow(next.length()); // it fits
    return true;
  }

  private void begin(Sequence next) {
    if (!next.begun()) {
      queue.tier(next.tier).chosen();
    }
    book.run(next);
  }

  /** Lets one of a lower tier yield when the first of a higher one finds no place or no blocks. */
  private void makeWay() {
    if (book.waitingCount() == 0 || book.runningCount() == 0) {
      return;
    }
    for (int tier : shares.order(true)) {
      Sequence head = head(tier);
      if (head == null) {
        continue;
      }
      if (!supply.couldHaveBlocksFor(head)) {
        return;
      }
      while (!places.has(tier, number) || !supply.hasBlocksFor(head)) {
        Sequence victim = VictimChoice.below(book.running(), tier, shares);
        if (victim == null) {
          return;
        }
        supply.preempt(victim);
      }
      return;
    }
  }
}
