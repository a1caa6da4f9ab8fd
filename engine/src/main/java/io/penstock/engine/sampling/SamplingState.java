package io.penstock.engine.sampling;

import io.penstock.engine.backend.SamplingRow;
import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.grammar.mask.GrammarMatcher;
import java.util.Arrays;
import java.util.Map;

/** What sampling knows of one choice: its parameters and the tokens it has seen. For one thread. */
public final class SamplingState {
  private static final int[] NO_IDS = {};

  private final SamplingParams params;
  private final long seed;
  private final int choice;
  private final int[] endTokens;
  private final int[] biasIds;
  private final float[] biases;
  private final TokenCounts counts; // null when no penalty needs it
  private final GrammarMatcher grammar; // null when any text will do
  private int generated;
  private int[] ahead; // tokens that may come next; null where they were not asked for ahead
  private String fault;

  /**
   * @param seed of the request; choices of one request differ by {@code choice}
   * @param prompt token ids that the repetition penalty covers
   * @param endTokens ids that are not sampled before {@code minTokens}
   */
  public SamplingState(
      SamplingParams params, long seed, int choice, int[] prompt, int[] endTokens) {
    this(params, seed, choice, prompt, endTokens, null);
  }

  /**
   * @param grammar of this choice, at its beginning; null when any text will do
   */
  public SamplingState(
      SamplingParams params,
      long seed,
      int choice,
      int[] prompt,
      int[] endTokens,
      GrammarMatcher grammar) {
    this.grammar = grammar;
    this.params = params;
    this.seed = seed;
    this.choice = choice;
    this.endTokens = endTokens;
    this.biasIds = new int[params.logitBias().size()];
    this.biases = new float[biasIds.length];
    int i = 0;
    for (Map.Entry<Integer, Float> bias : params.logitBias().entrySet()) {
      biasIds[i] = bias.getKey();
      biases[i++] = bias.getValue();
    }
    this.counts = hasPenalties() ? new TokenCounts() : null;
    if (counts != null) {
      for (int id : prompt) {
        counts.see(id);
      }
    }
  }

  /**
   * Counts a generated token.
   *
   * @return false when the grammar does not allow it here
   */
  public boolean accept(int token) {
    generated++;
    ahead = null;
    if (counts != null) {
      counts.add(token);
    }
    return grammar == null || grammar.accept(token);
  }

  /** The grammar, as far as tokens were counted; null when any text will do. */
  public GrammarMatcher grammar() {
    return grammar;
  }

  /**
   * Works out which tokens may come next, before one is sampled; on any thread, while no other uses
   * this. Where none may, or it takes too long, {@link Sampled#NONE} is sampled and {@link #fault}
   * says why.
   */
  public void workOutAllowed() {
    try {
      if (grammar.canGoOn()) {
        ahead = grammar.allowed(params.maxTokens() - generated);
      } else {
        fault = "The vocabulary has no token that the grammar allows here.";
      }
    } catch (RuntimeException | StackOverflowError e) {
      fault = "What the grammar allows here could not be worked out: " + e.getMessage();
    }
  }

  /** Why no token can be sampled; null where one can. */
  public String fault() {
    return fault;
  }

  /** Whether the next token cannot be sampled before {@link #accept} has seen the one before it. */
  public boolean needsLastToken() {
    return grammar != null;
  }

  /** Tokens generated so far: the place of the next one. */
  public int generated() {
    return generated;
  }

  /**
   * What a device needs to know to sample the next token.
   *
   * @param pending 1 when the token before it was sampled on the device and {@link #accept} has not
   *     seen it yet, otherwise 0: it has its place already, and the device counts it. Always 0 if
   *     the last token is needed ({@link #needsLastToken})
   */
  public SamplingRow row(int pending) {
    if (pending != 0 && pending != 1) {
      throw new IllegalArgumentException("pending must be 0 or 1, not " + pending);
    }
    if (pending == 1 && needsLastToken()) {
      throw new IllegalStateException("the grammar does not know the last token yet");
    }
    int position = generated + pending;
    int[] countIds = counts == null ? NO_IDS : counts.ids();
    return new SamplingRow(
        params.temperature(),
        params.topK(),
        params.topP(),
        params.minP(),
        params.repetitionPenalty(),
        params.presencePenalty(),
        params.frequencyPenalty(),
        seed,
        choice,
        position,
        params.logprobs(),
        params.topLogprobs(),
        biasIds,
        biases,
        position < params.minTokens() ? endTokens : NO_IDS,
        countIds,
        counts == null ? NO_IDS : counts.of(countIds),
        counts != null && pending == 1,
        allowed());
  }

  public SamplingParams params() {
    return params;
  }

  /** The random number of the next token. */
  double uniform() {
    return Philox.uniform(seed, choice, generated);
  }

  /** Whether {@link #adjust} changes anything. */
  boolean adjusts() {
    return counts != null
        || biasIds.length > 0
        || generated < params.minTokens()
        || grammar != null;
  }

  /** Bias, then minimum length, then penalties, then the grammar: the order of vLLM. */
  void adjust(float[] logits) {
    for (int i = 0; i < biasIds.length; i++) {
      if (biasIds[i] >= 0 && biasIds[i] < logits.length) {
        logits[biasIds[i]] += biases[i];
      }
    }
    if (generated < params.minTokens()) {
      for (int id : endTokens) {
        if (id >= 0 && id < logits.length) {
          logits[id] = Float.NEGATIVE_INFINITY;
        }
      }
    }
    if (counts != null) {
      counts.forEach((id, count) -> penalize(logits, id, count));
    }
    if (fault != null) {
      Arrays.fill(logits, Float.NEGATIVE_INFINITY);
      return;
    }
    int[] allowed = allowed();
    if (allowed != null) {
      keep(allowed, logits);
    }
  }

  private int[] allowed() {
    if (grammar == null || ahead != null || fault != null) { // whoever is at fault ends
      return ahead;
    }
    return grammar.allowed(params.maxTokens() - generated);
  }

  private static void keep(int[] allowed, float[] logits) {
    for (int id = 0; id < logits.length; id++) {
      if ((allowed[id >>> 5] >>> id & 1) == 0) {
        logits[id] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  private void penalize(float[] logits, int id, int count) {
    float logit = logits[id];
    float repetition = (float) params.repetitionPenalty();
    logit = logit > 0 ? logit / repetition : logit * repetition;
    if (count > 0) {
      logit -= (float) (params.presencePenalty() + params.frequencyPenalty() * count);
    }
    logits[id] = logit;
  }

  private boolean hasPenalties() {
    return params.repetitionPenalty() != 1
        || params.presencePenalty() != 0
        || params.frequencyPenalty() != 0;
  }
}
