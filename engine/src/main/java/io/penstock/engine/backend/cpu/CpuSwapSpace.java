package io.penstock.engine.backend.cpu;

import io.penstock.engine.backend.SwapSpace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Slots beside a cache that is in the same memory: they help a cache that is kept small. A slot's
 * memory is taken when it is first written. Copies are made at once, by the calling thread.
 */
final class CpuSwapSpace implements SwapSpace {
  private final CpuKvCache cache;
  private final Arena arena;
  private final MemorySegment[] memory;

  CpuSwapSpace(CpuKvCache cache, int slots, Arena arena) {
    this.cache = cache;
    this.arena = arena;
    this.memory = new MemorySegment[slots];
  }

  @Override
  public int slots() {
    return memory.length;
  }

  @Override
  public void offload(int[] blocks, int[] slots, boolean beside) {
    for (int i = 0; i < blocks.length; i++) {
      cache.touch(blocks[i]);
      MemorySegment block = cache.block(blocks[i]);
      if (memory[slots[i]] == null) {
        memory[slots[i]] = OffHeap.allocate(arena, block.byteSize());
      }
      memory[slots[i]].copyFrom(block);
    }
  }

  @Override
  public void restore(int[] slots, int[] blocks, boolean beside) {
    for (int i = 0; i < blocks.length; i++) {
      cache.touch(blocks[i]);
      cache.block(blocks[i]).copyFrom(memory[slots[i]]);
    }
  }
}
