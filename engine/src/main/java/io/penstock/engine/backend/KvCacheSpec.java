package io.penstock.engine.backend;

/**
 * Shape of the paged key/value cache.
 *
 * @param numLayers decoder blocks
 * @param numKvHeads key/value heads
 * @param headDim size of a head
 * @param blockSize tokens of a block
 * @param numBlocks blocks of the pool
 */
public record KvCacheSpec(
    int numLayers, int numKvHeads, int headDim, int blockSize, int numBlocks) {

  /** Elements, keys and values together, that one block holds over all layers. */
  public long elementsPerBlock() {
    return 2L * numLayers * numKvHeads * headDim * blockSize;
  }
}
