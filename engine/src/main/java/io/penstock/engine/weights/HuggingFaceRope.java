package io.penstock.engine.weights;

import io.penstock.engine.core.RopeConfig;
import io.penstock.engine.core.RopeConfig.Dynamic;
import io.penstock.engine.core.RopeConfig.Linear;
import io.penstock.engine.core.RopeConfig.Llama3;
import io.penstock.engine.core.RopeConfig.None;
import io.penstock.engine.core.RopeConfig.Scaling;
import io.penstock.engine.core.RopeConfig.Yarn;

/**
 * Rotary embedding from {@code config.json}: {@code rope_parameters} (transformers 5) or {@code
 * rope_theta} and {@code rope_scaling} with {@code rope_type} or, older, {@code type}.
 */
final class HuggingFaceRope {
  private static final double DEFAULT_THETA = 10_000;

  private HuggingFaceRope() {}

  static RopeConfig read(Fields config, int headDim, int maxPositions) {
    boolean current = config.has("rope_parameters");
    Fields f = config.object(current ? "rope_parameters" : "rope_scaling");
    Fields thetaOwner = f != null && f.has("rope_theta") ? f : config;
    double theta = thetaOwner.real("rope_theta", 1, Limits.MAX_ROPE_THETA, DEFAULT_THETA);
    for (Fields owner : f == null ? new Fields[] {config} : new Fields[] {config, f}) {
      if (owner.real("partial_rotary_factor", 0, 1, 1) != 1) {
        throw owner.error("partial_rotary_factor", "only whole heads can be rotated (1.0)");
      }
    }
    Scaling scaling = f == null ? new None() : scaling(f, maxPositions);
    return new RopeConfig(theta, headDim, false, scaling);
  }

  private static Scaling scaling(Fields f, int maxPositions) {
    String key = f.has("rope_type") || !f.has("type") ? "rope_type" : "type";
    String type = f.text(key);
    return switch (type == null ? "default" : type) {
      case "default" -> new None();
      case "linear" -> new Linear(factor(f));
      case "dynamic" -> new Dynamic(factor(f), maxPositions);
      case "yarn" -> yarn(f, maxPositions);
      case "llama3" -> llama3(f);
      default ->
          throw f.error(
              key,
              "unsupported %s; supported: default, linear, dynamic, yarn, llama3",
              Fields.show(type));
    };
  }

  private static Yarn yarn(Fields f, int maxPositions) {
    int original =
        f.integer("original_max_position_embeddings", 1, Limits.MAX_CONTEXT, maxPositions);
    double factor = f.has("factor") ? factor(f) : Math.max(1, (double) maxPositions / original);
    return new Yarn(
        factor,
        original,
        f.real("beta_fast", 1e-3, Limits.MAX_FACTOR, 32),
        f.real("beta_slow", 1e-3, Limits.MAX_FACTOR, 1),
        yarnAttention(f, factor),
        f.flag("truncate", true));
  }

  /** The factor given, or the ratio of DeepSeek's two mscales, or 0 for the paper's. */
  private static double yarnAttention(Fields f, double factor) {
    if (f.has("attention_factor")) {
      return f.real("attention_factor", 1e-6, Limits.MAX_FACTOR);
    }
    double mscale = f.real("mscale", 0, Limits.MAX_FACTOR, 0);
    double mscaleAllDim = f.real("mscale_all_dim", 0, Limits.MAX_FACTOR, 0);
    return mscale > 0 && mscaleAllDim > 0 && factor > 1
        ? (0.1 * mscale * Math.log(factor) + 1) / (0.1 * mscaleAllDim * Math.log(factor) + 1)
        : 0;
  }

  private static Llama3 llama3(Fields f) {
    double low = f.real("low_freq_factor", 1e-3, Limits.MAX_FACTOR);
    double high = f.real("high_freq_factor", 1e-3, Limits.MAX_FACTOR);
    if (high <= low) {
      throw f.error("high_freq_factor", "%s must be above low_freq_factor %s", high, low);
    }
    return new Llama3(
        factor(f), low, high, f.integer("original_max_position_embeddings", 1, Limits.MAX_CONTEXT));
  }

  private static double factor(Fields f) {
    return f.real("factor", 1, Limits.MAX_FACTOR);
  }
}
