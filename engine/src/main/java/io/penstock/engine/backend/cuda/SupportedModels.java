package io.penstock.engine.backend.cuda;

import io.penstock.engine.core.ModelConfig;
import java.util.Optional;

/** Which models the kernels can compute. */
final class SupportedModels {
  private static final String HEAD_SIZES = "16, 32, 64, 80, 96, 128 and 256";
  private static final int VECTOR = 8;
  private static final int ROTATED_MULTIPLE = 16;

  private SupportedModels() {}

  /** Why a model cannot be computed, as a clause; empty when it can. */
  static Optional<String> refusal(ModelConfig config) {
    if (!AttentionKernels.supports(config.numHeads(), config.numKvHeads(), config.headDim())) {
      return Optional.of(
          "there are no CUDA kernels for %d heads of %d elements over %d key/value heads; the sizes are %s"
              .formatted(config.numHeads(), config.headDim(), config.numKvHeads(), HEAD_SIZES));
    }
    if (config.hiddenSize() % VECTOR != 0) {
      return Optional.of(
          "the CUDA kernels need a hidden size that is a multiple of %d, the model's is %d"
              .formatted(VECTOR, config.hiddenSize()));
    }
    int rotated = config.rope().rotaryDim();
    if (rotated % ROTATED_MULTIPLE != 0 || rotated > config.headDim()) {
      return Optional.of(
          "the CUDA kernels rotate multiples of %d elements of a head, the model wants %d of %d"
              .formatted(ROTATED_MULTIPLE, rotated, config.headDim()));
    }
    if (config.rope().interleaved() && (rotated != config.headDim() || config.qkNorm())) {
      return Optional.of(
          "interleaved rotation of a part of a head, or with q and k norms, has no CUDA kernel");
    }
    if (config.vocabSize() > SamplingPlan.MAX_VOCAB) {
      return Optional.of(
          "the CUDA kernels sample from %d tokens at most, the model has %d"
              .formatted(SamplingPlan.MAX_VOCAB, config.vocabSize()));
    }
    return Optional.empty();
  }
}
