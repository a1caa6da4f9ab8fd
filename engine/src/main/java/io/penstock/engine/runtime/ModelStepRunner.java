package io.penstock.engine.runtime;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.SwapSpace;
import io.penstock.engine.model.Transformer;
import java.util.Optional;

/** Computes steps with a model; can also compute for nobody. */
public sealed interface ModelStepRunner extends StepRunner permits ModelRunner, OverlappedRunner {

  /**
   * The runner that suits the backend: overlapped steps where the device samples.
   *
   * @param backend closed with the runner
   * @param cache with one block more than the scheduler's pool: the last one belongs to no
   *     sequence, warm-up and probes write there
   * @param swap of the cache
   * @param interposer for steps amid others, where the device samples
   */
  static ModelStepRunner of(
      Backend backend,
      Transformer transformer,
      KvCache cache,
      SwapSpace swap,
      int vocabSize,
      Optional<Interposer> interposer) {
    return backend
        .deviceSampler()
        .<ModelStepRunner>map(
            sampler -> new OverlappedRunner(backend, transformer, cache, swap, sampler, interposer))
        .orElseGet(() -> new ModelRunner(backend, transformer, cache, swap, vocabSize));
  }

  /**
   * Computes {@code sequences} times {@code tokens} tokens and throws the result away. Nothing may
   * be in flight.
   *
   * @param tokens at most a block
   */
  void warmUp(int sequences, int tokens);

  @Override
  default void probe() {
    warmUp(1, 1);
  }
}
