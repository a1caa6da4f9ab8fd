package io.penstock.engine.sched;

/**
 * A sequence's part of the KV cache on its way to the host or back: block {@code blocks[i]} of the
 * device and slot {@code slots[i]} of the host hold the same. The arrays are not written after
 * construction.
 *
 * @param sequence whose they are
 * @param blocks of the device, in the order of the sequence's tokens
 * @param slots of the host, as many
 */
public record CacheCopy(long sequence, int[] blocks, int[] slots) {}
