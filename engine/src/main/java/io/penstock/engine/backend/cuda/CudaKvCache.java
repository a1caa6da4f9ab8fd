package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.KvCache;
import io.penstock.engine.backend.KvCacheSpec;
import io.penstock.engine.backend.cuda.driver.DeviceMemory;

/**
 * The paged cache: one layer after the other, each (blocks, kvHeads, K and V of a block). What
 * order the elements of a block have is the attention kernels' business.
 */
final class CudaKvCache implements KvCache {
  private final KvCacheSpec spec;
  private final DeviceMemory memory;
  private final long layerBytes;

  /** All zero: a masked element of a fresh block must not be a NaN. */
  CudaKvCache(KvCacheSpec spec, Gpu gpu) {
    this.spec = spec;
    this.layerBytes =
        spec.elementsPerBlock() / spec.numLayers() * spec.numBlocks() * ElementType.BYTES;
    this.memory = gpu.allocateZeroed(layerBytes * spec.numLayers());
  }

  @Override
  public KvCacheSpec spec() {
    return spec;
  }

  /** Where a layer's part begins. */
  long address(int layer) {
    return memory.address() + layer * layerBytes;
  }
}
