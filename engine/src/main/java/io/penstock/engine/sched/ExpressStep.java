package io.penstock.engine.sched;

/**
 * Short steps for prompts that go before others. Whoever comes while the device is busy waits for
 * the step that runs and then for its own; so what others put into these two steps is what it waits
 * for.
 *
 * <p>A prompt is urgent when its tenant was served clearly less than those of its tier that always
 * wait, or when all that waits in its tier fits into a step: by its tokens, and by about the time
 * that its tier likes. Then
 *
 * <ul>
 *   <li>the step that computes its last tokens has other prompts only as far as it does not become
 *       longer than its tier likes ({@link TierSettings#firstTokenStepNanos}); streams of lower
 *       tiers, and of tenants clearly ahead of its own, sit it out if it would, as long as their
 *       own target allows;
 *   <li>urgent prompts that come together are computed in one step, also beyond the usual bound of
 *       its tokens ({@link SchedulerConfig#maxUrgentBatchedTokens}), if others are behind them and
 *       keep the device busy;
 *   <li>for a while, prompts that are not urgent make steps no longer than its tier likes to wait
 *       for ({@link TierSettings#othersStepNanos}), for the sake of the next one like it.
 * </ul>
 *
 * So whoever asks for too much moves in larger strides, and nobody else pays for it. Without others
 * behind it nothing changes.
 */
final class ExpressStep {
  private static final int RECENT_PLANS = 256;

  /** Prompts that take so many times a tier's step for first tokens are still one step's. */
  private static final double FITS = 1.5;

  private final SchedulingPolicy policy;
  private final SequenceBook book;
  private final StepCost cost;
  private final int stepTokens;
  private final double margin;
  private final boolean interposes;
  private Sequence urgent;
  private long number;
  private long lastUrgentPlan = -RECENT_PLANS - 1;
  private long lastServedLessPlan = -RECENT_PLANS - 1;
  private double recentLimit;

  ExpressStep(SchedulerConfig config, StepCost cost, SequenceBook book) {
    this.cost = cost;
    this.policy = config.policy();
    this.book = book;
    this.stepTokens = config.maxNumBatchedTokens();
    this.margin = policy.window();
    this.interposes = config.maxInterposedTokens() > 0;
  }

  /**
   * A step begins.
   *
   * @param first prompt in order, or null
   * @param tokens that it has to compute
   * @param most tokens of prompts that the step may compute
   */
  void begin(long plan, Sequence first, int tokens, int most) {
    number = plan;
    urgent = null;
    if (first == null || !isUrgent(first)) {
      return;
    }
    lastServedLessPlan = isServedLess(first) ? plan : lastServedLessPlan;
    TierSettings tier = policy.tiers().get(first.tier);
    // The next one like it need not wait for a step that it can be computed amid.
    long othersStep = interposes && tier.interposeNanos() > 0 ? 0 : tier.othersStepNanos();
    if (othersStep > 0 && (isServedLess(first) || lowerTiersHaveWork(first.tier))) {
      lastUrgentPlan = plan;
      recentLimit = othersStep;
    }
    urgent = tokens <= most ? first : null;
  }

  /** Whether this step computes the last tokens of an urgent prompt. */
  boolean applies() {
    return urgent != null;
  }

  /**
   * Tokens that the step computes of prompts like the urgent one, about.
   *
   * @param own of that one
   * @param most of all
   */
  int tokens(int own, int most) {
    if (urgent == null) {
      return 0;
    }
    TierQueue tier = book.queue.tier(urgent.tier);
    int others =
        tier.work.promptTokens <= stepTokens
            ? (int) tier.work.promptTokens
            : tier.firstPromptsBelow(tier.accounts.virtualTime() - margin, most);
    boolean counted = urgent.state == Sequence.State.WAITING && !urgent.begun();
    return Math.min(most, others + own - (counted ? Math.min(others, urgent.promptLength()) : 0));
  }

  /** How long the step should be at most then. */
  double limitNanos() {
    return limitOf(urgent);
  }

  private double limitOf(Sequence sequence) {
    return policy.tiers().get(sequence.tier).firstTokenStepNanos();
  }

  /** How long a prompt may make the step, besides what tiers allow. */
  double limitFor(Sequence prompt) {
    if (isUrgent(prompt)) {
      return Double.MAX_VALUE;
    }
    double limit = number - lastUrgentPlan <= RECENT_PLANS ? recentLimit : Double.MAX_VALUE;
    return applies() ? Math.min(limit, limitNanos()) : limit;
  }

  /** Whether a sequence that waits should leave places to others of its tier, served less. */
  boolean leavesPlaces(Sequence waiting) {
    return number - lastServedLessPlan <= RECENT_PLANS && !isServedLess(waiting);
  }

  /** Whether a prompt goes before those that ask for much. */
  boolean isUrgent(Sequence prompt) {
    return limitOf(prompt) > 0 && (isServedLess(prompt) || fitsAStep(prompt.tier));
  }

  /**
   * Whether a prompt may exceed the usual bound of a step's tokens: when others behind it have so
   * much that the next step would be long, too. Else what is left is sooner done in a short step,
   * and products of a little more than the usual bound are not efficient.
   */
  boolean mayExceedBound(Sequence prompt) {
    return isUrgent(prompt) && (!fitsAStep(prompt.tier) || lowerTiersHaveWork(prompt.tier));
  }

  private boolean fitsAStep(int tier) {
    double nanos = FITS * policy.tiers().get(tier).firstTokenStepNanos();
    return book.queue.tier(tier).work.promptTokens
        <= Math.min(stepTokens, cost.promptTokensWithin(nanos, 0));
  }

  private boolean isServedLess(Sequence prompt) {
    return prompt.account.counter + margin < book.queue.tier(prompt.tier).accounts.virtualTime();
  }

  private boolean lowerTiersHaveWork(int tier) {
    for (int lower = tier + 1; lower < book.queue.tiers(); lower++) {
      if (!book.queue.tier(lower).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /** Whether a stream may sit the step out for the urgent prompt. */
  boolean isBehind(Sequence stream) {
    return urgent != null
        && (stream.tier > urgent.tier
            || stream.tier == urgent.tier
                && stream.account != urgent.account
                && urgent.account.counter + margin < stream.account.counter);
  }
}
