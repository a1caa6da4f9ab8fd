package io.penstock.engine.sched;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.LongFunction;

/**
 * A step of urgent prompts that is computed amid another, which is on the device and pauses for it:
 * launched and completed before that one goes on. So who comes while a long step runs waits for
 * neither its end nor what else the next one computes; it costs the weights being read once more.
 *
 * <p>Amid a step that computes first tokens of its own tier or a higher one nothing is computed: it
 * would only put one before the other.
 *
 * <p>Taken is what has not begun, whole, of a tier whose settings want it, in the tier's usual
 * order, and only while the prompt would have to wait for longer than is worth a step ({@link
 * TierSettings#interposeNanos}). The streams of the paused step wait meanwhile: all that is
 * computed amid it may make it no longer than {@value #STRIDE} times the tier's own target between
 * two tokens.
 *
 * <p><b>Blocks.</b> The two steps are in no order. So this one writes no block that the paused one
 * reads or writes, though its owner may have given it back since; and reads none that the paused
 * one writes, though prefixes are known from the launch of their step on. Steps ahead of the paused
 * one have ended. Nothing is computed amid steps with copies of blocks, or before copies that are
 * due.
 */
final class InterposedStep {
  static final double STRIDE = 2;

  private final SchedulerConfig config;
  private final StepCost cost;
  private final double leftNanos;
  private final double stretchedNanos;
  private final int firstTokensOf; // highest tier whose first tokens the paused step computes
  private final BitSet used = new BitSet(); // by the paused step
  private final BitSet written = new BitSet();
  private int tokensLeft;
  private int sequencesLeft = SchedulerConfig.MAX_INTERPOSED_SEQS;
  private StepShape shape = StepShape.EMPTY;

  /**
   * @param sequences by id, null for what has ended
   * @param running the only step that is launched and has not ended
   * @param blockSize tokens of a block
   * @param leftNanos until that is expected to end
   * @param stretchedNanos that it will have taken by then, with all that was computed amid it
   */
  InterposedStep(
      SchedulerConfig config,
      StepCost cost,
      StepPlan running,
      LongFunction<Sequence> sequences,
      int blockSize,
      double leftNanos,
      double stretchedNanos) {
    this.config = config;
    this.cost = cost;
    this.leftNanos = leftNanos;
    this.stretchedNanos = stretchedNanos;
    this.tokensLeft = config.maxInterposedTokens();
    int highest = Integer.MAX_VALUE;
    for (ScheduledSequence sequence : running.sequences()) {
      highest = Math.min(highest, tierOfFirstToken(sequence, sequences));
      int[] blocks = sequence.blockTable();
      Arrays.stream(blocks).forEach(used::set);
      for (int i = sequence.firstPosition() / blockSize; i < blocks.length; i++) {
        written.set(blocks[i]);
      }
    }
    firstTokensOf = highest;
  }

  private static int tierOfFirstToken(ScheduledSequence part, LongFunction<Sequence> sequences) {
    Sequence sequence =
        part.sampled() && part.contextLength() == part.promptLength()
            ? sequences.apply(part.sequence())
            : null;
    return sequence == null ? Integer.MAX_VALUE : sequence.tier;
  }

  /** Whether prompts of a tier may still be taken. */
  boolean mayTake(int tier) {
    return interposes(tier) && tokensLeft > 0 && sequencesLeft > 0;
  }

  private boolean interposes(int tier) {
    long threshold = config.policy().tiers().get(tier).interposeNanos();
    return tier < firstTokensOf && threshold > 0 && leftNanos > threshold;
  }

  /** Gives a waiting sequence its blocks if it can be taken; else it is as before. */
  boolean admits(Sequence next, BlockSupply supply, SharedPrefixes prefixes) {
    boolean attached = prefixes.attach(next);
    if (Arrays.stream(next.table.ids()).noneMatch(written::get)
        && next.remaining() <= tokensLeft
        && !stretchesTooMuch(next)
        && supply.hasRoomFor(next)
        && next.table.tryGrowOutside(next.length(), used)) {
      return true;
    }
    if (attached) {
      next.dropCache();
    }
    return false;
  }

  private boolean stretchesTooMuch(Sequence next) {
    long target = config.policy().tiers().get(next.tier).stepNanos();
    return target > 0 && stretchedNanos + cost.nanos(with(next)) > STRIDE * target;
  }

  private StepShape with(Sequence next) {
    return shape.plus(StepShape.prompt(next.remaining(), next.computed()));
  }

  /** It is part of the step. */
  void take(Sequence next) {
    shape = with(next);
    tokensLeft -= next.remaining();
    sequencesLeft--;
  }
}
