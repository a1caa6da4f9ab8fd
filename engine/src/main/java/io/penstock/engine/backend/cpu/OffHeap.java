package io.penstock.engine.backend.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Zeroed memory outside the heap for the kernels.
 *
 * <p><b>Notes.</b> A segment of a shared arena asks on every access whether the arena is still
 * open, a load that the compiler cannot take out of the loop: it made the one-token product 2.6
 * times slower. So kernels get a view without an owner. The arena still frees the memory, and
 * {@link CpuBackend#close} ends the workers first.
 */
final class OffHeap {
  private static final int CACHE_LINE = 64;

  private OffHeap() {}

  @SuppressWarnings("restricted")
  static MemorySegment allocate(Arena arena, long bytes) {
    long address = arena.allocate(bytes, CACHE_LINE).address();
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }
}
