package io.penstock.bench.sched;

import io.penstock.engine.sched.LinearStepCost;

/**
 * A device and a model on it, as far as a scheduler sees them.
 *
 * @param cost of a step
 * @param depth steps in flight: with 2, a step is planned while the one before runs
 * @param blockSize tokens in a block of the KV cache
 */
record DeviceModel(
    String name,
    LinearStepCost cost,
    int depth,
    int maxNumSeqs,
    int maxNumBatchedTokens,
    int maxUrgentBatchedTokens,
    int blocks,
    int blockSize,
    int maxModelLen) {

  /**
   * The Llama-3.1-8B shape in bf16 on one H100, fitted by hand to the steps in bench/gpu/NOTES.md:
   * batch 1, 32, 64, 128 (5.21, 6.52, 6.85, 8.13 ms; here 5.22, 5.88, 6.56, 7.92), 256 streams of
   * 512/128 (29.8 ms between tokens; here 30.1), prefill of 1 × 8,192 and 16 × 512 (218 and 186 ms;
   * here 214 and 168).
   */
  static final DeviceModel H100_8B =
      new DeviceModel(
          "8B on one H100",
          new LinearStepCost(5.2e6, 19_500, 1.46, 7_500, 52),
          2,
          256,
          1024,
          2048,
          28_000,
          16,
          131_072);

  DeviceModel with(LinearStepCost other, String otherName) {
    return new DeviceModel(
        otherName,
        other,
        depth,
        maxNumSeqs,
        maxNumBatchedTokens,
        maxUrgentBatchedTokens,
        blocks,
        blockSize,
        maxModelLen);
  }
}
