package io.penstock.engine.boot;

import io.penstock.engine.backend.Backend;
import io.penstock.engine.runtime.ModelStepRunner;
import java.time.Duration;

/**
 * Computes a few steps before the first request does, so that the JIT compiler has seen the
 * kernels. Small steps first: code that is still interpreted is slow. Ends after a time, however
 * busy the machine is.
 */
final class WarmUp {
  private static final Duration LIMIT = Duration.ofMillis(700);
  private static final int ROUNDS = 12;
  private static final int DECODES = 4; // steps of one token in each round
  private static final int SEQUENCES = 4;

  private WarmUp() {}

  static void run(
      ModelStepRunner runner, Backend backend, StepLimits limits, LoadProgress progress) {
    record(runner, backend.recordedSizes(), progress);
    int prompt = Math.min(KvCacheSizing.BLOCK_SIZE, limits.maxNumBatchedTokens());
    int sequences =
        Math.min(SEQUENCES, Math.min(limits.maxNumSeqs(), limits.maxNumBatchedTokens() / prompt));
    int stepsPerRound = DECODES + 1;
    long end = System.nanoTime() + LIMIT.toNanos();
    for (int step = 0; step < ROUNDS * stepsPerRound && System.nanoTime() < end; step++) {
      if (step % stepsPerRound < DECODES) {
        runner.warmUp(1, 1);
      } else {
        progress.at("warm-up", step / stepsPerRound, ROUNDS);
        runner.warmUp(sequences, prompt);
      }
    }
    progress.at("warm-up", ROUNDS, ROUNDS);
  }

  /** Twice each: the first time loads what the recording must find loaded. */
  private static void record(ModelStepRunner runner, int[] sizes, LoadProgress progress) {
    for (int i = 0; i < sizes.length; i++) {
      runner.warmUp(sizes[i], 1);
      runner.warmUp(sizes[i], 1);
      progress.at("graphs", i + 1L, sizes.length);
    }
  }
}
