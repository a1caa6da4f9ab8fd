package io.penstock.engine.kv;

import java.util.Arrays;
import java.util.Collection;

/**
 * The ids of the places in host memory that hold offloaded blocks of the KV cache, one block each.
 * Integers only, as in {@link BlockPool}; a slot has one owner at a time. For one thread.
 */
public final class HostSlots {
  private static final int[] NONE = {};

  private final int total;
  private final int[] freeStack;
  private int freeCount;

  /**
   * @param total slots, ids 0 to total - 1; 0 where nothing can be offloaded
   */
  public HostSlots(int total) {
    if (total < 0) {
      throw new IllegalArgumentException("there cannot be " + total + " slots");
    }
    this.total = total;
    this.freeStack = new int[total];
    this.freeCount = total;
    for (int i = 0; i < total; i++) {
      freeStack[i] = total - 1 - i; // id 0 on top
    }
  }

  public int total() {
    return total;
  }

  public int free() {
    return freeCount;
  }

  /**
   * Takes {@code count} slots, all or none.
   *
   * @return their ids; empty when there are not so many
   */
  public int[] tryAllocate(int count) {
    if (count > freeCount) {
      return NONE;
    }
    int[] slots = new int[count];
    for (int i = 0; i < count; i++) {
      slots[i] = freeStack[--freeCount];
    }
    return slots;
  }

  /** Gives slots back, the last one first, so that the first one is reused first. */
  public void release(int[] slots) {
    if (slots.length > total - freeCount) {
      throw new IllegalStateException("more slots are given back than were taken");
    }
    for (int i = slots.length - 1; i >= 0; i--) {
      freeStack[freeCount++] = slots[i];
    }
  }

  /**
   * Checks that every slot is either free or has one owner; for tests.
   *
   * @param owners the slots that each owner has
   * @throws IllegalStateException naming the first slot of which that is not true
   */
  public void checkInvariants(Collection<int[]> owners) {
    int[] uses = new int[total];
    for (int slot : Arrays.copyOf(freeStack, freeCount)) {
      uses[slot]++;
    }
    for (int[] owned : owners) {
      for (int slot : owned) {
        uses[slot]++;
      }
    }
    for (int slot = 0; slot < total; slot++) {
      if (uses[slot] != 1) {
        throw new IllegalStateException(
            "slot %d is free or owned %d times".formatted(slot, uses[slot]));
      }
    }
  }
}
