package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.backend.cuda.HopperPrefillPlan.Shape;
import io.penstock.engine.backend.cuda.driver.ComputeCapability;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Prompts that are whole in a step go to a kernel of their own on Hopper: it reads keys and values
 * where the projection left them, not from the cache, and is faster up to {@link #LONGEST} tokens.
 *
 * @param l2Bytes of the GPU
 */
record HopperPrefill(Shape shape, AttentionKernels kernels, long l2Bytes) {
  private static final ComputeCapability HOPPER = new ComputeCapability(9, 0);

  /**
   * Measured with 32 query heads on 8: 16 prompts of 512 take 114 us here and 140 in the kernel
   * that reads the cache's pages; 4 of 2,048 take 313 and 298, one of 8,192 takes 1,132 and 976.
   */
  private static final int LONGEST = 1500;

  /**
   * Empty where the kernel does not exist: its instructions are those of compute capability 9.0
   * only, not of later ones.
   *
   * @param window tokens that a query sees including itself, 0 for all before it
   */
  static Optional<HopperPrefill> of(
      AttentionKernels kernels, ComputeCapability capability, int window, long l2Bytes) {
    return capability.equals(HOPPER) && window == 0 && Shape.supports(kernels.headDim())
        ? Optional.of(new HopperPrefill(Shape.of(kernels.headDim()), kernels, l2Bytes))
        : Optional.empty();
  }

  /** Whether all of sequence s is computed in this step, more than a token and not too many. */
  static boolean takes(BatchLayout batch, int s) {
    int queries = batch.queryStart()[s + 1] - batch.queryStart()[s];
    return queries > 1 && queries <= LONGEST && queries == batch.contextLengths()[s];
  }

  HopperPrefillPlan plan(BatchLayout batch) {
    int[] whole = IntStream.range(0, batch.numSequences()).filter(s -> takes(batch, s)).toArray();
    return whole.length == 0
        ? HopperPrefillPlan.NONE
        : HopperPrefillPlan.of(
            shape,
            IntStream.of(whole).map(s -> batch.queryStart()[s]).toArray(),
            IntStream.of(whole).map(s -> batch.contextLengths()[s]).toArray(),
            kernels.numHeads(),
            kernels.numKvHeads(),
            kernels.multiprocessors(),
            l2Bytes);
  }

  /** Integers of the largest list of tiles. */
  int mostInts(int tokens, int sequences) {
    return HopperPrefillPlan.INTS_PER_TILE * (tokens / shape.rows + sequences);
  }

  /**
   * @param type {@code bf16} or {@code f16}
   */
  String symbol(String type) {
    return "penstock_attention_prefill_hopper_" + type + "_d" + kernels.headDim();
  }
}
