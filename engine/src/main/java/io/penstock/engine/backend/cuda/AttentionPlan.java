package io.penstock.engine.backend.cuda;

import java.util.Arrays;

/**
 * One step's attention work as it is uploaded: the list of the decode kernel, that of the prefill
 * kernel, and the tiles of Hopper's kernel for whole prompts.
 *
 * @param lists all three
 * @param prefillList index in {@code lists} of the second
 * @param tileList index in {@code lists} of the third
 * @param decodes whether there are sequences of one query token
 * @param prefillItems items of the prefill kernel, 0 for none
 * @param whole the work of the kernel for whole prompts
 */
record AttentionPlan(
    int[] lists,
    int prefillList,
    int tileList,
    boolean decodes,
    int prefillItems,
    HopperPrefillPlan whole) {

  /**
   * @param kernels whose blocks read as many records as they are, whether or not there is work
   */
  static AttentionPlan of(AttentionWork work, AttentionKernels kernels) {
    int[] decode = work.decode().ints();
    int[] prefill = work.prefill().ints();
    int[] tiles = work.whole().tiles();
    int readable = WorkList.RECORD * (1 + kernels.decodeGridY());
    int second = Math.max(decode.length, readable);
    int third = second + prefill.length;
    int[] lists = Arrays.copyOf(decode, third + tiles.length);
    System.arraycopy(prefill, 0, lists, second, prefill.length);
    System.arraycopy(tiles, 0, lists, third, tiles.length);
    return new AttentionPlan(
        lists, second, third, work.decode().items() > 0, work.prefill().items(), work.whole());
  }

  /** Whether there are prompts for the kernel that reads keys and values from the projection. */
  boolean hasWholePrompts() {
    return whole.tileCount() > 0;
  }
}
