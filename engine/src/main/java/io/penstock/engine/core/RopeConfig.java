package io.penstock.engine.core;

/**
 * Rotary position embedding (RoFormer, arXiv 2104.09864) and how it is stretched beyond the trained
 * context.
 *
 * @param theta base of the frequencies ({@code rope_theta})
 * @param rotaryDim elements of each head that are rotated (the whole head for all our
 *     architectures)
 * @param interleaved true where element 2i turns with 2i+1 (as llama.cpp stores Llama), false where
 *     i turns with i + rotaryDim/2 (as Hugging Face stores it)
 * @param scaling how frequencies change with the context
 */
public record RopeConfig(double theta, int rotaryDim, boolean interleaved, Scaling scaling) {

  /** The variants of {@code rope_scaling}, by Hugging Face's {@code rope_type}. */
  public sealed interface Scaling {}

  /** No scaling ({@code default}). */
  public record None() implements Scaling {}

  /** Positions divided by a factor ({@code linear}, arXiv 2306.15595). */
  public record Linear(double factor) implements Scaling {}

  /**
   * NTK-aware base that grows with the sequence ({@code dynamic}).
   *
   * @param originalMaxPositions the context that was trained
   */
  public record Dynamic(double factor, int originalMaxPositions) implements Scaling {}

  /**
   * YaRN (arXiv 2309.00071).
   *
   * @param attentionFactor multiplies sine and cosine; 0 for the paper's default, 0.1 ln(factor) +
   *     1
   * @param truncate whether the correction range is rounded to whole dimensions
   */
  public record Yarn(
      double factor,
      int originalMaxPositions,
      double betaFast,
      double betaSlow,
      double attentionFactor,
      boolean truncate)
      implements Scaling {}

  /** The frequency-dependent interpolation of Llama 3.1 ({@code llama3}). */
  public record Llama3(
      double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositions)
      implements Scaling {}

  /**
   * Frequencies given per dimension pair (GGUF's {@code rope_freqs.weight}): each inverse frequency
   * is divided by its factor.
   */
  public record Factors(float[] divisors) implements Scaling {}
}
