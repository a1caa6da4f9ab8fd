package io.penstock.api.quota.price;

import java.time.Instant;

/**
 * What a model costs from a time on, in micro-units of the currency: whole numbers all along, one
 * rounding for each request, up.
 *
 * @param model id of the model
 * @param version counts a model's prices, from 1
 * @param validFrom until the next version's
 * @param prompt for a million prompt tokens that were computed
 * @param cached for a million that were found in the prefix cache
 * @param completion for a million tokens generated
 * @param computeSecond for a second of the device
 * @param maxComputeUsPerToken microseconds for a token, prompt or completion, beyond which
 *     computing is not charged: so that a request's cost is bounded before it runs
 */
public record Price(
    String model,
    int version,
    Instant validFrom,
    long prompt,
    long cached,
    long completion,
    long computeSecond,
    long maxComputeUsPerToken) {
  private static final long MILLION = 1_000_000;

  /** The largest of the four prices that sums are computed for without overflow. */
  public static final long LARGEST = 10_000_000_000L;

  /** Of a model without a price. */
  public static final Price FREE = new Price("", 0, Instant.EPOCH, 0, 0, 0, 0, 0);

  /**
   * What a request costs. Where nothing was generated nothing is charged.
   *
   * @param promptTokens of them {@code cachedTokens} were not computed
   */
  public long cost(long promptTokens, long cachedTokens, long completionTokens, long computeUs) {
    return completionTokens == 0
        ? 0
        : costOfAnswer(promptTokens, cachedTokens, completionTokens, computeUs);
  }

  /** What an answer costs that may be complete without generated tokens, as embeddings are. */
  public long costOfAnswer(
      long promptTokens, long cachedTokens, long completionTokens, long computeUs) {
    long most = Math.multiplyExact(maxComputeUsPerToken, promptTokens + completionTokens);
    return total(
        promptTokens - cachedTokens, cachedTokens, completionTokens, Math.min(computeUs, most));
  }

  /** The most that a request can cost by {@link #cost}. */
  public long most(long promptTokens, long outputTokens) {
    long uncached = prompt >= cached ? promptTokens : 0;
    return total(
        uncached,
        promptTokens - uncached,
        outputTokens,
        Math.multiplyExact(maxComputeUsPerToken, promptTokens + outputTokens));
  }

  private long total(long computed, long fromCache, long generated, long computeUs) {
    long sum = Math.multiplyExact(computed, prompt);
    sum = Math.addExact(sum, Math.multiplyExact(fromCache, cached));
    sum = Math.addExact(sum, Math.multiplyExact(generated, completion));
    sum = Math.addExact(sum, Math.multiplyExact(computeUs, computeSecond));
    return Math.ceilDiv(sum, MILLION);
  }
}
