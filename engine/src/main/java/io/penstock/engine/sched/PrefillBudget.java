package io.penstock.engine.sched;

import java.util.List;

/**
 * How many tokens of prompts a step takes: what is left of the token budget, and no more than keeps
 * the step within the longest that the tiers taking part allow, by the cost model (after
 * Sarathi-Serve's chunked prefill, arXiv 2403.02310, with the budget learnt instead of profiled).
 *
 * <p>However long the part of the step is that generates, prompts may take as long again: on a slow
 * device, or with very long contexts, they would starve otherwise. And at least {@value
 * #LEAST_CHUNK} tokens of the first prompt are always computed.
 */
final class PrefillBudget {
  static final int LEAST_CHUNK = 16;

  private final SchedulerConfig config;
  private final List<TierSettings> tiers;
  private final StepCost cost;

  private int decodes;
  private long decodeContext;
  private int promptTokens;
  private long promptPairs;
  private int tokensLeft;
  private long strictest;

  PrefillBudget(SchedulerConfig config, StepCost cost) {
    this.config = config;
    this.tiers = config.policy().tiers();
    this.cost = cost;
  }

  /** A step begins. */
  void begin() {
    decodes = 0;
    decodeContext = 0;
    promptTokens = 0;
    promptPairs = 0;
    strictest = Long.MAX_VALUE;
    tokensLeft = config.maxNumBatchedTokens();
  }

  /** A sequence gets its next token in this step. */
  void addDecode(Sequence sequence) {
    decodes++;
    decodeContext += sequence.computed() + 1;
    tokensLeft--;
    takesPart(sequence.tier);
  }

  /** All decodes are known. */
  void beginPrompts() {
    int bound = config.maxPrefillTokensWhileDecoding();
    if (decodes > 0 && bound > 0) {
      tokensLeft = Math.min(tokensLeft, bound);
    }
  }

  private void takesPart(int tier) {
    strictest = Math.min(strictest, longestStep(tier));
  }

  private long longestStep(int tier) {
    long nanos = tiers.get(tier).stepNanos();
    return nanos == 0 ? Long.MAX_VALUE : nanos;
  }

  /** Tokens that may still be computed in this step, whatever they cost. */
  int tokensLeft() {
    return tokensLeft;
  }

  int decodes() {
    return decodes;
  }

  long decodeContext() {
    return decodeContext;
  }

  /** Tokens of a sequence's prompt that this step may take. */
  int tokensFor(Sequence sequence) {
    int most = Math.min(sequence.remaining(), tokensLeft);
    long target = Math.min(strictest, longestStep(sequence.tier));
    if (decodes == 0 || target == Long.MAX_VALUE || !cost.known() || most == 0) {
      return most;
    }
    double decodePart = cost.nanos(new StepShape(0, 0, decodes, decodeContext));
    double soFar = cost.nanos(new StepShape(promptTokens, promptPairs, decodes, decodeContext));
    double left = Math.max(target, 2 * decodePart) - soFar;
    int affordable = cost.promptTokensWithin(left, sequence.computed());
    int least = promptTokens == 0 ? LEAST_CHUNK : 0;
    return Math.min(most, Math.max(affordable, least));
  }

  void take(Sequence sequence, int tokens) {
    tokensLeft -= tokens;
    promptTokens += tokens;
    promptPairs += StepShape.pairs(tokens, sequence.computed());
    takesPart(sequence.tier);
  }
}
