package io.penstock.engine.backend.cuda;

import io.penstock.engine.core.DType;

/**
 * How the backend runs one model.
 *
 * @param device which GPU, as CUDA counts
 * @param memoryUtilization share of the GPU's memory that this backend may use
 * @param stored type of most weights in the checkpoint
 * @param blockSize tokens of a cache block
 * @param maxContext longest sequence, in tokens
 * @param maxSequences most sequences of a step that want logits
 * @param maxTokens most tokens of a step
 */
public record CudaSettings(
    int device,
    double memoryUtilization,
    DType stored,
    int blockSize,
    int maxContext,
    int maxSequences,
    int maxTokens) {

  /** The same for other steps. */
  CudaSettings with(int otherSequences, int otherTokens) {
    return new CudaSettings(
        device, memoryUtilization, stored, blockSize, maxContext, otherSequences, otherTokens);
  }
}
