package io.penstock.engine.weights;

import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.core.ModelConfig.Architecture;
import io.penstock.engine.core.ModelLoadException;
import io.penstock.engine.core.RopeConfig;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Bounds of what a configuration may say, far above every model that exists: a number outside is
 * damage, and none inside makes an int product overflow.
 */
final class Limits {
  static final int MAX_VOCAB = 1 << 24;
  static final int MAX_WIDTH = 1 << 20;
  static final int MAX_LAYERS = 1024;
  static final int MAX_HEADS = 4096;
  static final int MAX_HEAD_DIM = 4096;
  static final int MAX_CONTEXT = 1 << 28;
  static final double MAX_ROPE_THETA = 1e15;
  static final double MAX_FACTOR = 1e6;

  private Limits() {}

  /** Checks what no single key can tell. */
  static ModelConfig check(Path file, ModelConfig c) {
    if (c.numHeads() % c.numKvHeads() != 0) {
      throw new ModelLoadException(
          file, c.numHeads() + " heads cannot share " + c.numKvHeads() + " key/value heads");
    }
    if (c.headDim() % 2 != 0) {
      throw new ModelLoadException(
          file, "head size " + c.headDim() + " is odd; rotary embedding needs pairs");
    }
    return c;
  }

  /** Longest context once the rotary embedding is stretched, in tokens. */
  static int context(RopeConfig.Scaling scaling, int maxPositions) {
    double stretched =
        switch (scaling) {
          case RopeConfig.Linear l -> l.factor() * maxPositions;
          case RopeConfig.Dynamic d -> d.factor() * maxPositions;
          case RopeConfig.Yarn y -> y.factor() * y.originalMaxPositions();
          case RopeConfig.None _, RopeConfig.Llama3 _, RopeConfig.Factors _ -> maxPositions;
        };
    return (int) Math.min(MAX_CONTEXT, Math.max(maxPositions, stretched));
  }

  static String supportedArchitectures() {
    return String.join(
        ", ", Arrays.stream(Architecture.values()).map(Architecture::huggingFaceName).toList());
  }
}
