package io.penstock.engine.sched;

/**
 * How long until a request would begin, and end, from the work ahead of it and what work costs by
 * the model. An estimate: requests that come later in higher tiers are not in it, and outputs are
 * guessed ({@link GrowthEstimate}). Ends early rather than late, so that nobody is refused who
 * could have been served.
 *
 * <p>Ahead of a request are all that wait in higher tiers, its tenant's own, and of the other
 * tenants of its tier as much as is served beside those. While there are free places, only their
 * prompts are waited for; then their outputs too, as each place must become free.
 */
final class WaitEstimate {
  private final SchedulerConfig config;
  private final StepCost cost;
  private final SequenceBook book;
  private int decodes = 1;
  private int context = 1;

  WaitEstimate(SchedulerConfig config, StepCost cost, SequenceBook book) {
    this.config = config;
    this.cost = cost;
    this.book = book;
  }

  /** A step of so many decodes was planned. */
  void planned(int sequences, long decodeContext) {
    if (sequences > 0) {
      decodes = sequences;
      context = (int) (decodeContext / sequences);
    }
  }

  boolean known() {
    return cost.known();
  }

  /** Nanoseconds until a new request of this tenant would begin; 0 when nothing is known. */
  double untilStart(TenantAccount account) {
    WaitingWork ahead = new WaitingWork();
    for (int higher = 0; higher < account.tier; higher++) {
      ahead.add(book.queue.tier(higher).work);
    }
    TierQueue tier = book.queue.tier(account.tier);
    ahead.add(account.work);
    int others = tier.accounts.waitingTenants() - (account.waiting.isEmpty() ? 0 : 1);
    int othersRequests = tier.work.requests - account.work.requests;
    if (others > 0 && othersRequests > 0) {
      double beside = (double) account.work.requests * others / othersRequests;
      WaitingWork theirs = new WaitingWork();
      theirs.add(tier.work);
      theirs.subtract(account.work);
      ahead.add(theirs.times(Math.min(1, beside)));
    }
    return nanos(ahead);
  }

  /** Nanoseconds until a new request would be complete. */
  double untilComplete(TenantAccount account, int promptTokens, int output) {
    if (!known()) {
      return 0;
    }
    double prompt = cost.nanos(StepShape.prompt(promptTokens, 0));
    double step = cost.nanos(StepShape.decodes(decodes, (long) decodes * context));
    return untilStart(account) + prompt + (output - 1) * step;
  }

  /**
   * Nanoseconds until a part of the work that waits has begun.
   *
   * @param share 0 to 1
   */
  long untilBegun(WaitingWork work, double share) {
    return (long) nanos(work.times(Math.min(1, share)));
  }

  private double nanos(WaitingWork work) {
    if (work.requests == 0 || !known()) {
      return 0;
    }
    int prompt = (int) (work.promptTokens / work.requests);
    double fixed = cost.nanos(StepShape.EMPTY);
    double prompts = work.requests * (cost.nanos(StepShape.prompt(prompt, 0)) - fixed);
    int free = Math.max(0, config.maxNumSeqs() - book.runningCount());
    double waitForPlaces = Math.max(0, 1 - (double) free / work.requests);
    double token = cost.nanos(StepShape.decodes(decodes, (long) decodes * context)) / decodes;
    return prompts + waitForPlaces * work.outputTokens * token;
  }
}
