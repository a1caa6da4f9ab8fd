package io.penstock.engine.sched;

import io.penstock.engine.kv.BlockPool;

/**
 * Who gets blocks: whether a sequence may enter the batch, and who yields when those that run grow
 * and none is left.
 *
 * <p>A sequence enters when blocks for all its present tokens are free and blocks are expected to
 * last until it and all running sequences of its tier and higher ones have ended ({@link
 * BlockForecast}, {@link GrowthEstimate}); lower tiers would yield to it. Or when nothing runs.
 */
final class BlockSupply {
  private final BlockPool pool;
  private final SequenceBook book;
  private final GrowthEstimate growth;
  private final BlockForecast forecast = new BlockForecast();
  private int forecastTier;
  private int lowerBlocks; // of running sequences in tiers below forecastTier
  private long preemptions;

  BlockSupply(BlockPool pool, SequenceBook book, GrowthEstimate growth) {
    this.pool = pool;
    this.book = book;
    this.growth = growth;
  }

  long preemptions() {
    return preemptions;
  }

  // ---- who enters

  /** A plan begins to admit; to be called again when somebody has yielded. */
  void beginAdmission() {
    forecastTier = -1;
  }

  /** Whether a sequence fits that holds already what it shares. */
  boolean hasRoomFor(Sequence next) {
    prepareForecast(next.tier);
    while (!fits(next)) {
      // Alone, it fits as soon as no other waiting choice keeps a shared prompt.
      if (book.runningCount() > 0 || !dropWaitingCache(next, false)) {
        return false;
      }
    }
    return true;
  }

  /** Whether there are blocks for its present tokens, however it grows. */
  boolean hasBlocksFor(Sequence next) {
    return next.table.missingBlocks(next.length()) <= pool.freeBlocks();
  }

  /** Whether there would be if all that run in lower tiers yielded. */
  boolean couldHaveBlocksFor(Sequence next) {
    int blocks = pool.freeBlocks();
    for (Sequence sequence : book.running()) {
      blocks += sequence.tier > next.tier ? sequence.ownBlocks() : 0;
    }
    return next.table.missingBlocks(next.length()) <= blocks;
  }

  private void prepareForecast(int tier) {
    if (tier == forecastTier) {
      return;
    }
    forecastTier = tier;
    lowerBlocks = 0;
    forecast.clear();
    for (Sequence sequence : book.running()) {
      if (sequence.tier <= tier) {
        forecast.add(expectedBlocks(sequence), sequence.ownBlocks());
      } else {
        lowerBlocks += sequence.ownBlocks();
      }
    }
  }

  private boolean fits(Sequence next) {
    int missing = next.table.missingBlocks(next.length());
    int left = pool.freeBlocks() - missing;
    if (left < 0) {
      return false;
    }
    int expected = expectedBlocks(next);
    int ownBlocks = next.ownBlocks() + missing;
    if (book.runningCount() == 0) {
      forecast.add(expected, ownBlocks); // whatever it takes
      return true;
    }
    return forecast.tryAdd(expected, ownBlocks, left + lowerBlocks);
  }

  private int expectedBlocks(Sequence sequence) {
    return pool.blocksFor(growth.expected(sequence.request.maxTokens(), sequence.furtherTokens()));
  }

  // ---- blocks run out

  /** Whether a running sequence needs blocks for the tokens that it has. */
  boolean lacksBlocks(Sequence sequence) {
    return sequence.table.missingBlocks(sequence.computed() + sequence.remaining()) > 0;
  }

  /** Grows a running sequence by its new tokens; others yield, or it does itself. */
  void grow(Sequence sequence) {
    while (!sequence.table.tryGrow(sequence.computed() + sequence.remaining())) {
      if (dropWaitingCache(sequence, true)) {
        continue;
      }
      Sequence victim = VictimChoice.of(book.running());
      if (victim == sequence && book.runningCount() == 1 && dropWaitingCache(sequence, false)) {
        continue;
      }
      preempt(victim);
      // Too many were admitted: expect as much of the others as if it had used all that it may.
      if (!victim.generatesNothing()) {
        growth.ended(victim.request.maxTokens(), victim.request.maxTokens());
      }
      if (victim == sequence) {
        return;
      }
    }
  }

  /** A placeholder of its own is resolved by the time that it runs again. */
  void preempt(Sequence victim) {
    book.yield(victim);
    preemptions++;
  }

  /**
   * Takes the shared prompt from the last waiting choice that has one.
   *
   * @param onlyIfItFrees leave those alone whose blocks have other owners too
   * @return whether there was one
   */
  private boolean dropWaitingCache(Sequence except, boolean onlyIfItFrees) {
    if (!book.someWaitWithCache()) {
      return false;
    }
    Sequence last = null;
    for (int tier = book.queue.tiers() - 1; tier >= 0 && last == null; tier--) {
      for (Sequence candidate : book.queue.tier(tier).resuming().descendingSet()) {
        if (candidate != except
            && !candidate.table.isEmpty()
            && (!onlyIfItFrees || candidate.table.ownsAny())) {
          last = candidate;
          break;
        }
      }
    }
    if (last != null) {
      book.dropWaitingCache(last);
    }
    return last != null;
  }
}
