package io.penstock.engine.sched;

import java.util.Arrays;

/**
 * Who may have a place among the running sequences. Lower tiers leave a few to higher ones of which
 * requests came lately, so that those need not wait until somebody has yielded.
 */
final class Places {
  private static final int RECENT_PLANS = 4096;
  private static final int PARTS = 32;
  private static final int PARTS_FOR_OTHERS = 4; // for tenants that were served less

  private final SchedulerConfig config;
  private final SequenceBook book;
  private final long[] seenInPlan; // by tier: last plan before which a request came

  Places(SchedulerConfig config, SequenceBook book) {
    this.config = config;
    this.book = book;
    this.seenInPlan = new long[book.queue.tiers()];
    Arrays.fill(seenInPlan, -RECENT_PLANS - 1L);
  }

  /**
   * A request of this tier came.
   *
   * @param plan number of the last plan
   */
  void seen(int tier, long plan) {
    seenInPlan[tier] = plan;
  }

  /** Whether there is one for a sequence of this tier. */
  boolean has(int tier, long plan) {
    return book.runningCount() < config.maxNumSeqs() - keptForHigher(tier, plan);
  }

  /** The same, with some left besides for tenants of the tier that were served less. */
  boolean hasBesides(int tier, long plan) {
    int kept = config.maxNumSeqs() * PARTS_FOR_OTHERS / PARTS;
    return book.runningCount() < config.maxNumSeqs() - kept - keptForHigher(tier, plan);
  }

  private int keptForHigher(int tier, long plan) {
    for (int higher = 0; higher < tier; higher++) {
      if (plan - seenInPlan[higher] <= RECENT_PLANS) {
        return config.maxNumSeqs() / PARTS;
      }
    }
    return 0;
  }
}
