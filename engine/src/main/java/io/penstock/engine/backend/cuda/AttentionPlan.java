package io.penstock.engine.backend.cuda;

import java.util.Arrays;

/**
 * One step's attention work as it is uploaded: the list of the decode kernel, that of the prefill
 * kernel, the tiles of Hopper's kernel for whole prompts, and what the decode kernel does in the
 * last layer if that goes on with fewer rows.
 *
 * @param lists all of them
 * @param prefillList index in {@code lists} of the second
 * @param tileList index in {@code lists} of Hopper's
 * @param decodes whether there are sequences of one query token
 * @param prefillItems items of the prefill kernel, 0 for none
 * @param whole the work of the kernel for whole prompts
 * @param lastList index in {@code lists} of the last layer's, or -1 where that is like the others
 */
record AttentionPlan(
    int[] lists,
    int prefillList,
    int tileList,
    boolean decodes,
    int prefillItems,
    HopperPrefillPlan whole,
    int lastList) {

  /**
   * @param kernels whose blocks read as many records as they are, whether or not there is work
   */
  static AttentionPlan of(AttentionWork work, AttentionKernels kernels) {
    int[] decode = work.decode().ints();
    int[] prefill = work.prefill().ints();
    int[] last = work.last().map(WorkList::ints).orElse(new int[0]);
    int[] tiles = work.whole().tiles();
    int readable = WorkList.RECORD * (1 + kernels.decodeGridY());
    int second = Math.max(decode.length, readable);
    int third = second + prefill.length;
    int fourth = third + (last.length == 0 ? 0 : Math.max(last.length, readable));
    int[] lists = Arrays.copyOf(decode, fourth + tiles.length);
    System.arraycopy(prefill, 0, lists, second, prefill.length);
    System.arraycopy(last, 0, lists, third, last.length);
    System.arraycopy(tiles, 0, lists, fourth, tiles.length);
    return new AttentionPlan(
        lists,
        second,
        fourth,
        work.decode().items() > 0,
        work.prefill().items(),
        work.whole(),
        last.length == 0 ? -1 : third);
  }

  /** Whether the last layer goes on with the rows whose logits are wanted. */
  boolean keepsLogitRows() {
    return lastList >= 0;
  }

  /** Whether there are prompts for the kernel that reads keys and values from the projection. */
  boolean hasWholePrompts() {
    return whole.tileCount() > 0;
  }
}
