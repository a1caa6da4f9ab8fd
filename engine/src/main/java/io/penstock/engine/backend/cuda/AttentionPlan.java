package io.penstock.engine.backend.cuda;

import java.util.Arrays;

/**
 * One step's attention work as it is uploaded: the list of the decode kernel, then that of the
 * prefill kernel.
 *
 * @param lists both lists
 * @param prefillList index in {@code lists} of the second
 * @param decodes whether there are sequences of one query token
 * @param prefillItems items of the prefill kernel, 0 for none
 */
record AttentionPlan(int[] lists, int prefillList, boolean decodes, int prefillItems) {

  /**
   * @param kernels whose blocks read as many records as they are, whether or not there is work
   */
  static AttentionPlan of(AttentionWork work, AttentionKernels kernels) {
    int[] decode = work.decode().ints();
    int[] prefill = work.prefill().ints();
    int readable = WorkList.RECORD * (1 + kernels.decodeGridY());
    int second = Math.max(decode.length, readable);
    int[] lists = Arrays.copyOf(decode, second + prefill.length);
    System.arraycopy(prefill, 0, lists, second, prefill.length);
    return new AttentionPlan(lists, second, work.decode().items() > 0, work.prefill().items());
  }
}
