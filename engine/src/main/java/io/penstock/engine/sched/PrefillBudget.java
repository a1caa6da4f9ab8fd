package io.penstock.engine.sched;

import java.util.ArrayList;
import java.util.List;

/**
 * How many tokens of prompts a step takes: what is left of the token budget, and no more than keeps
 * the step within the longest that the tiers taking part allow, by the cost model (after
 * Sarathi-Serve's chunked prefill, arXiv 2403.02310, with the budget learnt instead of profiled).
 *
 * <p>However long the part of the step is that generates, prompts may take as long again: on a slow
 * device, or with very long contexts, they would starve otherwise. Half as long, where they make
 * room for urgent ones. And at least {@value #LEAST_CHUNK} tokens of the first prompt are always
 * computed.
 */
final class PrefillBudget {
  static final int LEAST_CHUNK = 16;

  /** What is aimed at is a little less than the longest step: no model is exact. */
  static final double AIM = 0.92;

  /** Longest step, by what its streams take. */
  private static final double SHARE = 2;

  private static final double SHARE_BESIDE_URGENT = 1.5;

  private static final int MOST_SAT_OUT = 4;

  /** Streams behind an urgent prompt may take so many times their tier's target. */
  private static final double STRIDE = 2;

  private final SchedulerConfig config;
  private final List<TierSettings> tiers;
  private final StepCost cost;

  private int decodes;
  private long decodeContext;
  private int promptTokens;
  private long promptPairs;
  private final List<Sequence> sittingOut = new ArrayList<>();
  private long sittingOutContext;
  private int tokensLeft; // below zero by what urgent prompts took beyond the usual bound
  private int extraTokens;
  private double strictest; // longest step for all that take part
  private double strictestAhead; // for those of them that do not go after an urgent prompt

  PrefillBudget(SchedulerConfig config, StepCost cost) {
    this.config = config;
    this.tiers = config.policy().tiers();
    this.cost = cost;
  }

  /** A step begins. */
  void begin() {
    sittingOut.clear();
    sittingOutContext = 0;
    decodes = 0;
    decodeContext = 0;
    promptTokens = 0;
    promptPairs = 0;
    strictest = Double.MAX_VALUE;
    strictestAhead = Double.MAX_VALUE;
    tokensLeft = config.maxNumBatchedTokens();
    extraTokens = config.maxUrgentBatchedTokens() - config.maxNumBatchedTokens();
  }

  /**
   * A sequence gets its next token in this step; what it sat out counts against its target.
   *
   * @param behind whether it goes after an urgent prompt, which its target does not bound then
   */
  void addDecode(Sequence sequence, boolean behind) {
    decodes++;
    decodeContext += sequence.computed() + 1;
    tokensLeft--;
    double longest = longestStep(sequence.tier) - sequence.satOutNanos;
    strictest = Math.min(strictest, longest);
    strictestAhead = behind ? strictestAhead : Math.min(strictestAhead, longest);
    sequence.satOutNanos = 0;
    sequence.satOutSteps = 0;
  }

  /** Known tokens that a stream has computed with its next one, which is all but free. */
  void addForced(int tokens) {
    tokensLeft -= tokens;
  }

  /** A sequence could have got its next token in this step and does not. */
  void addSittingOut(Sequence sequence) {
    sittingOut.add(sequence);
    sittingOutContext += sequence.computed() + 1;
    strictest = Math.min(strictest, longestStep(sequence.tier));
  }

  /** Those that would sit this step out, which they do not any more. */
  List<Sequence> takeSittingOut() {
    List<Sequence> taken = List.copyOf(sittingOut);
    sittingOut.clear();
    sittingOutContext = 0;
    return taken;
  }

  /**
   * Whether its target allows that.
   *
   * @param stepNanos how long this step, and the next, will be about
   */
  boolean maySitOut(Sequence sequence, double stepNanos) {
    return sequence.satOutSteps < MOST_SAT_OUT
        && sequence.satOutNanos + AIM * 2 * stepNanos <= STRIDE * longestStep(sequence.tier);
  }

  /** The step is planned. */
  void end() {
    if (!sittingOut.isEmpty()) {
      double nanos = cost.nanos(soFar());
      for (Sequence sequence : sittingOut) {
        sequence.satOutNanos += nanos;
        sequence.satOutSteps++;
      }
    }
  }

  /** Whether the step would be longer than {@code nanos} with this sequence and a prompt. */
  boolean wouldExceed(double nanos, Sequence sequence, int tokens, int before) {
    return cost.known()
        && cost.nanos(
                new StepShape(
                    tokens,
                    StepShape.pairs(tokens, before),
                    decodes + 1,
                    decodeContext + sequence.computed() + 1))
            > nanos;
  }

  private StepShape soFar() {
    return new StepShape(promptTokens, promptPairs, decodes, decodeContext);
  }

  /** All decodes are known. */
  void beginPrompts() {
    int bound = config.maxPrefillTokensWhileDecoding();
    if (decodes > 0 && bound > 0) {
      tokensLeft = Math.min(tokensLeft, bound);
      extraTokens = 0;
    }
  }

  private double longestStep(int tier) {
    long nanos = tiers.get(tier).stepNanos();
    return nanos == 0 ? Double.MAX_VALUE : nanos * AIM;
  }

  /** Whether tokens may still be computed in this step, whatever they cost and whose they are. */
  boolean hasTokensLeft() {
    return tokensLeft + extraTokens > 0;
  }

  /** Whether so many are left within the usual bound. */
  boolean hasTokensLeft(int tokens) {
    return tokens <= tokensLeft;
  }

  /** The same within the usual bound. */
  boolean hasUsualTokensLeft() {
    return tokensLeft > 0;
  }

  int decodes() {
    return decodes;
  }

  long decodeContext() {
    return decodeContext;
  }

  /**
   * Tokens of a sequence's prompt that this step may take. Beyond the usual bound only the whole
   * rest of an urgent one: a part of it would make all others wait and it none the sooner.
   *
   * @param limitNanos the step should not become longer for it, besides what its streams want
   * @param urgent whether it goes before others: streams that go after it do not matter then
   * @param exceeds whether it may exceed the usual bound
   */
  int tokensFor(Sequence sequence, double limitNanos, boolean urgent, boolean exceeds) {
    boolean whole = exceeds && cost.known() && sequence.remaining() <= tokensLeft + extraTokens;
    int affordable = whole || tokensLeft > 0 ? affordable(sequence, limitNanos, urgent) : 0;
    int tokens =
        whole && affordable >= sequence.remaining()
            ? sequence.remaining()
            : Math.clamp(tokensLeft, 0, Math.min(affordable, sequence.remaining()));
    if (!config.wholeInputs() || tokens == sequence.remaining()) {
      return tokens;
    }
    return promptTokens + decodes == 0 ? sequence.remaining() : 0; // alone each fits a step
  }

  /** Tokens that time allows. */
  private int affordable(Sequence sequence, double limitNanos, boolean urgent) {
    double target = Math.min(urgent ? strictestAhead : strictest, longestStep(sequence.tier));
    int streams = decodes + sittingOut.size();
    double longest = Math.min(streams == 0 ? Double.MAX_VALUE : target, limitNanos);
    if (longest == Double.MAX_VALUE || !cost.known()) {
      return Integer.MAX_VALUE;
    }
    double streamsPart =
        cost.nanos(new StepShape(0, 0, streams, decodeContext + sittingOutContext));
    double least = (limitNanos < target ? SHARE_BESIDE_URGENT : SHARE) * streamsPart;
    double left = Math.max(longest, least) - cost.nanos(soFar());
    int tokens = cost.promptTokensWithin(left, sequence.computed());
    return Math.max(tokens, promptTokens == 0 ? LEAST_CHUNK : 0);
  }

  void take(Sequence sequence, int tokens) {
    tokensLeft -= tokens;
    promptTokens += tokens;
    promptPairs += StepShape.pairs(tokens, sequence.computed());
    strictest = Math.min(strictest, longestStep(sequence.tier));
    strictestAhead = Math.min(strictestAhead, longestStep(sequence.tier));
  }
}
