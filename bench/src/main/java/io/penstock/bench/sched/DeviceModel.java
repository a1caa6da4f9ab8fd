package io.penstock.bench.sched;

/**
 * A device and a model on it, as far as a scheduler sees them.
 *
 * @param cost of a step
 * @param depth steps in flight: with 2, a step is planned while the one before runs
 * @param maxInterposedTokens most tokens of a step that is computed amid another, which pauses for
 *     it; 0 for none
 * @param pausePoints places, evenly spread, at which a step can pause
 * @param switchNanos what it costs to pause for another and to go on
 * @param blockSize tokens in a block of the KV cache
 */
record DeviceModel(
    String name,
    DeviceCost cost,
    int depth,
    int maxNumSeqs,
    int maxNumBatchedTokens,
    int maxUrgentBatchedTokens,
    int maxInterposedTokens,
    int pausePoints,
    long switchNanos,
    int blocks,
    int blockSize,
    int maxModelLen) {
  private static final String STEPS = "steps-h100-8b.csv";

  /**
   * The Llama-3.1-8B shape in bf16 on one H100, by the steps that {@code bench sched live} measured
   * there, with the limits that the engine has.
   */
  static DeviceModel h100() {
    return h100(MeasuredSteps.bundled(STEPS));
  }

  static DeviceModel h100(MeasuredSteps steps) {
    return new DeviceModel(
        "8B on one H100",
        steps.fit(1024),
        2,
        256,
        1024,
        2048,
        1024,
        16,
        300_000,
        28_400,
        16,
        131_072);
  }
}
