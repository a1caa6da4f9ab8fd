package io.penstock.engine.backend.cpu;

import io.penstock.engine.backend.AttentionSpec;

/**
 * One layer's attention over a batch.
 *
 * @param step the batch
 * @param qkv (T, qkvColumns); query head h stands in columns {@code h * headDim ..}
 * @param out (T, heads * headDim)
 */
record AttentionCall(
    Step step,
    AttentionSpec spec,
    CpuKvCache cache,
    int layer,
    float[] qkv,
    int qkvColumns,
    float[] out) {

  /** Query heads that share a key/value head. */
  int groupSize() {
    return spec.numHeads() / spec.numKvHeads();
  }

  /** First position that a query at {@code position} sees. */
  int firstVisible(int position) {
    return spec.slidingWindow() == 0 ? 0 : Math.max(0, position - spec.slidingWindow() + 1);
  }

  /** Last position that a query of this token sees. */
  int lastVisible(int token) {
    return spec.causal()
        ? step.position(token)
        : step.batch().contextLengths()[step.sequence(token)] - 1;
  }
}
