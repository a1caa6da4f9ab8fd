package io.penstock.engine.backend.cpu;

import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.KvCacheSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A paged cache in float32, off the heap.
 *
 * <p>A block is one segment: for each layer and key/value head first the keys, transposed,
 * (headDim, blockSize), then the values, (blockSize, headDim). Scores are thus computed with tokens
 * in the lanes and outputs with dimensions in the lanes, neither needing a sum across lanes.
 *
 * <p>A block's memory is taken when it is first written and then kept for reuse, so a large pool
 * costs only what was used of it at one time.
 */
final class CpuKvCache implements KvCache {
  private final KvCacheSpec spec;
  private final Arena arena;
  private final MemorySegment[] blocks;

  CpuKvCache(KvCacheSpec spec, Arena arena) {
    this.spec = spec;
    this.arena = arena;
    this.blocks = new MemorySegment[spec.numBlocks()];
  }

  @Override
  public KvCacheSpec spec() {
    return spec;
  }

  /** Makes a block writable; called by the step's own thread before others write. */
  void touch(int block) {
    if (blocks[block] == null) {
      blocks[block] = OffHeap.allocate(arena, spec.elementsPerBlock() * Float.BYTES);
    }
  }

  /** The memory of a block that has been touched. */
  MemorySegment block(int block) {
    return blocks[block];
  }

  /** Index of the first key element of a layer and head in its block. */
  int keys(int layer, int kvHead) {
    return (layer * spec.numKvHeads() + kvHead) * 2 * spec.headDim() * spec.blockSize();
  }

  /** Index of the first value element of a layer and head in its block. */
  int values(int layer, int kvHead) {
    return keys(layer, kvHead) + spec.headDim() * spec.blockSize();
  }

  /** Stores key and value of one token and head. */
  void write(
      int block, int slot, int layer, int kvHead, float[] source, int keyOffset, int valueOffset) {
    MemorySegment memory = blocks[block];
    int keys = keys(layer, kvHead) + slot;
    int values = values(layer, kvHead) + slot * spec.headDim();
    for (int d = 0; d < spec.headDim(); d++) {
      memory.setAtIndex(
          ValueLayout.JAVA_FLOAT, keys + (long) d * spec.blockSize(), source[keyOffset + d]);
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, values + d, source[valueOffset + d]);
    }
  }
}
