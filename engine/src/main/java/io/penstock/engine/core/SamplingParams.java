package io.penstock.engine.core;

import java.util.List;
import java.util.Map;

/**
 * How the tokens of one request are chosen; names and meanings as in OpenAI's API and vLLM.
 *
 * @param temperature 0 for greedy; below 2 in practice
 * @param topP nucleus mass in (0, 1]
 * @param topK candidates kept, 0 for all
 * @param minP share of the best token's probability below which tokens are dropped, in [0, 1]
 * @param repetitionPenalty divides positive and multiplies negative logits of seen tokens (prompt
 *     included); 1 for none (CTRL, arXiv 1909.05858)
 * @param presencePenalty subtracted once from generated tokens' logits, in [-2, 2]
 * @param frequencyPenalty subtracted per occurrence among generated tokens, in [-2, 2]
 * @param logitBias added to the logits by token id
 * @param seed fixes the random numbers of this request; null draws one
 * @param maxTokens most tokens to generate; 0 to compute the prompt only
 * @param minTokens end tokens and stops are not taken before this many
 * @param stop strings that end the text and are not part of it
 * @param stopTokenIds ids that end the text, besides the model's own end tokens
 * @param ignoreEos go on past the model's end tokens
 * @param n completions of the same prompt
 * @param logprobs whether to report each chosen token's log-probability
 * @param topLogprobs best alternatives to report with it, 0 to 20
 * @param skipSpecialTokens whether control tokens are left out of the text
 * @param includeStopInOutput whether the matched stop string stays in the text
 */
public record SamplingParams(
    double temperature,
    double topP,
    int topK,
    double minP,
    double repetitionPenalty,
    double presencePenalty,
    double frequencyPenalty,
    Map<Integer, Float> logitBias,
    Long seed,
    int maxTokens,
    int minTokens,
    List<String> stop,
    List<Integer> stopTokenIds,
    boolean ignoreEos,
    int n,
    boolean logprobs,
    int topLogprobs,
    boolean skipSpecialTokens,
    boolean includeStopInOutput) {

  public SamplingParams {
    logitBias = Map.copyOf(logitBias);
    stop = List.copyOf(stop);
    stopTokenIds = List.copyOf(stopTokenIds);
    require(
        temperature >= 0 && Double.isFinite(temperature), "temperature", "a number of at least 0");
    require(topP > 0 && topP <= 1, "top_p", "above 0 and at most 1");
    require(topK >= 0, "top_k", "at least 0 (0 keeps all)");
    require(minP >= 0 && minP <= 1, "min_p", "between 0 and 1");
    require(
        repetitionPenalty > 0 && Double.isFinite(repetitionPenalty),
        "repetition_penalty",
        "above 0");
    require(Math.abs(presencePenalty) <= 2, "presence_penalty", "between -2 and 2");
    require(Math.abs(frequencyPenalty) <= 2, "frequency_penalty", "between -2 and 2");
    require(maxTokens >= 0, "max_tokens", "at least 0");
    require(minTokens >= 0 && minTokens <= maxTokens, "min_tokens", "between 0 and max_tokens");
    require(n >= 1 && n <= MAX_N, "n", "between 1 and " + MAX_N);
    require(
        topLogprobs >= 0 && topLogprobs <= MAX_TOP_LOGPROBS,
        "top_logprobs",
        "between 0 and " + MAX_TOP_LOGPROBS);
  }

  public static final int MAX_N = 128;
  public static final int MAX_TOP_LOGPROBS = 20;

  /** Greedy, up to {@code maxTokens}, everything else off. */
  public static SamplingParams greedy(int maxTokens) {
    return new SamplingParams(
        0, 1, 0, 0, 1, 0, 0, Map.of(), null, maxTokens, 0, List.of(), List.of(), false, 1, false, 0,
        true, false);
  }

  /** The same with another bound of a choice's tokens; the least asked for is cut to it. */
  public SamplingParams withMaxTokens(int most) {
    return new SamplingParams(
        temperature,
        topP,
        topK,
        minP,
        repetitionPenalty,
        presencePenalty,
        frequencyPenalty,
        logitBias,
        seed,
        most,
        Math.min(minTokens, most),
        stop,
        stopTokenIds,
        ignoreEos,
        n,
        logprobs,
        topLogprobs,
        skipSpecialTokens,
        includeStopInOutput);
  }

  /** The same with other rules of what ends the text and what it shows. */
  public SamplingParams withText(
      List<String> stop, boolean skipSpecialTokens, boolean includeStopInOutput) {
    return new SamplingParams(
        temperature,
        topP,
        topK,
        minP,
        repetitionPenalty,
        presencePenalty,
        frequencyPenalty,
        logitBias,
        seed,
        maxTokens,
        minTokens,
        stop,
        stopTokenIds,
        ignoreEos,
        n,
        logprobs,
        topLogprobs,
        skipSpecialTokens,
        includeStopInOutput);
  }

  public boolean isGreedy() {
    return temperature == 0;
  }

  private static void require(boolean holds, String parameter, String fix) {
    if (!holds) {
      throw new InvalidParameterException(parameter, parameter + " must be " + fix + ".");
    }
  }
}
