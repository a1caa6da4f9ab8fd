package io.penstock.engine.runtime;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.DeviceBuffer;
import io.penstock.engine.backend.InterposedSteps;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.SampledRows;
import io.penstock.engine.backend.SamplingRow;
import io.penstock.engine.core.ModelConfig;
import io.penstock.engine.model.Transformer;
import io.penstock.engine.model.TransformerWeights;
import java.util.List;
import java.util.Optional;

/**
 * Computes steps amid others: a device's second place for them, and activations there. The weights
 * are the model's.
 */
public final class Interposer {
  private final InterposedSteps steps;
  private final Transformer transformer;

  private Interposer(InterposedSteps steps, Transformer transformer) {
    this.steps = steps;
    this.transformer = transformer;
  }

  /**
   * Empty where the device has no second place. To be made before the KV cache takes what memory is
   * left.
   *
   * @param maxTokens most tokens of a step; 0 for no such steps
   * @param maxSequences most sequences of a step
   */
  public static Optional<Interposer> of(
      ModelConfig config,
      TransformerWeights weights,
      Backend backend,
      int maxTokens,
      int maxSequences) {
    return maxTokens == 0
        ? Optional.empty()
        : backend
            .interposedSteps(maxTokens, maxSequences)
            .map(
                steps ->
                    new Interposer(
                        steps, new Transformer(config, weights, backend, maxTokens, maxSequences)));
  }

  boolean canPause() {
    return steps.canPause();
  }

  /** See {@link InterposedSteps#pause}. */
  public void pause() {
    steps.pause();
  }

  SampledRows compute(BatchLayout batch, List<SamplingRow> rows, KvCache cache) {
    steps.enqueue(() -> steps.sampler().sample(transformer.forward(batch, cache), rows));
    return steps.sampler().await();
  }

  /**
   * Computes a batch whose logits nobody samples.
   *
   * @return logits (logit rows, vocabulary), valid until the next call
   */
  public DeviceBuffer forward(BatchLayout batch, KvCache cache) {
    DeviceBuffer[] logits = new DeviceBuffer[1];
    steps.enqueue(() -> logits[0] = transformer.forward(batch, cache));
    steps.await();
    return logits[0];
  }

  /** See {@link InterposedSteps#pauses}. */
  public long pauses() {
    return steps.pauses();
  }
}
