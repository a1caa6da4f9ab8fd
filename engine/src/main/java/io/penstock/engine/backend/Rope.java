package io.penstock.engine.backend;

import io.penstock.engine.core.RopeConfig;
import io.penstock.engine.core.RopeConfig.Dynamic;
import io.penstock.engine.core.RopeConfig.Factors;
import io.penstock.engine.core.RopeConfig.Linear;
import io.penstock.engine.core.RopeConfig.Llama3;
import io.penstock.engine.core.RopeConfig.None;
import io.penstock.engine.core.RopeConfig.Yarn;

/**
 * The inverse frequencies of a rotary embedding: pair i at position p turns by the angle {@code p *
 * frequencies[i]}. Computed in double and rounded once to float, as Hugging Face transformers does
 * it.
 */
public final class Rope {
  private final RopeConfig config;
  private final float[] base;
  private final float attentionFactor;

  public Rope(RopeConfig config) {
    this.config = config;
    this.attentionFactor = attentionFactor(config.scaling());
    this.base =
        switch (config.scaling()) {
          case None _, Dynamic _ -> plain(config.theta());
          case Linear l -> divided(plain(config.theta()), l.factor());
          case Llama3 l -> llama3(plain(config.theta()), l);
          case Yarn y -> yarn(y);
          case Factors f -> divided(plain(config.theta()), f.divisors());
        };
  }

  public RopeConfig config() {
    return config;
  }

  /** Multiplies sine and cosine. */
  public float attentionFactor() {
    return attentionFactor;
  }

  /** Whether frequencies depend on the sequence's length. */
  public boolean dependsOnLength() {
    return config.scaling() instanceof Dynamic;
  }

  /**
   * Frequencies of the {@code rotaryDim / 2} pairs. Not to be written.
   *
   * @param sequenceLength tokens of the sequence, which only dynamic scaling looks at
   */
  public float[] frequencies(int sequenceLength) {
    if (config.scaling() instanceof Dynamic d && sequenceLength > d.originalMaxPositions()) {
      int dim = config.rotaryDim();
      double stretch = d.factor() * sequenceLength / d.originalMaxPositions() - (d.factor() - 1);
      return plain(config.theta() * Math.pow(stretch, dim / (dim - 2.0)));
    }
    return base;
  }

  private float[] plain(double theta) {
    float[] f = new float[config.rotaryDim() / 2];
    for (int i = 0; i < f.length; i++) {
      f[i] = (float) (1.0 / Math.pow(theta, 2.0 * i / config.rotaryDim()));
    }
    return f;
  }

  private static float[] divided(float[] f, double factor) {
    for (int i = 0; i < f.length; i++) {
      f[i] = (float) (f[i] / factor);
    }
    return f;
  }

  private static float[] divided(float[] f, float[] divisors) {
    for (int i = 0; i < f.length; i++) {
      f[i] /= divisors[i];
    }
    return f;
  }

  /** Long wavelengths are interpolated, short ones kept, those between blended. */
  private static float[] llama3(float[] f, Llama3 s) {
    double longest = s.originalMaxPositions() / s.lowFreqFactor();
    double shortest = s.originalMaxPositions() / s.highFreqFactor();
    for (int i = 0; i < f.length; i++) {
      double wavelength = 2 * Math.PI / f[i];
      if (wavelength > longest) {
        f[i] = (float) (f[i] / s.factor());
      } else if (wavelength >= shortest) {
        double smooth =
            (s.originalMaxPositions() / wavelength - s.lowFreqFactor())
                / (s.highFreqFactor() - s.lowFreqFactor());
        f[i] = (float) ((1 - smooth) * f[i] / s.factor() + smooth * f[i]);
      }
    }
    return f;
  }

  /** "NTK by parts": a ramp between interpolated and plain frequencies over the dimensions. */
  private float[] yarn(Yarn y) {
    double low = correctionDim(y.betaFast(), y);
    double high = correctionDim(y.betaSlow(), y);
    if (y.truncate()) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    low = Math.max(low, 0);
    high = Math.min(high, config.rotaryDim() - 1);
    if (low == high) {
      high += 0.001;
    }
    float[] f = new float[config.rotaryDim() / 2];
    for (int i = 0; i < f.length; i++) {
      double plain = 1.0 / Math.pow(config.theta(), 2.0 * i / config.rotaryDim());
      double ramp = Math.clamp((i - low) / (high - low), 0.0, 1.0);
      f[i] = (float) (plain / y.factor() * ramp + plain * (1 - ramp));
    }
    return f;
  }

  /**
   * The (fractional) dimension pair that turns {@code rotations} times over the trained context.
   */
  private double correctionDim(double rotations, Yarn y) {
    return config.rotaryDim()
        * Math.log(y.originalMaxPositions() / (rotations * 2 * Math.PI))
        / (2 * Math.log(config.theta()));
  }

  private static float attentionFactor(RopeConfig.Scaling scaling) {
    if (scaling instanceof Yarn y) {
      return y.attentionFactor() > 0
          ? (float) y.attentionFactor()
          : y.factor() <= 1 ? 1f : (float) (0.1 * Math.log(y.factor()) + 1);
    }
    return 1f;
  }
}
