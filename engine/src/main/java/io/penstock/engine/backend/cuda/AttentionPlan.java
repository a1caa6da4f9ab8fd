package io.penstock.engine.backend.cuda;

/**
 * How one step's attention is cut into work.
 *
 * @param lists what the kernels read, to be uploaded with the step
 * @param decodeList index in {@code lists} of the list for sequences of one query token
 * @param decodeWorkers blocks of its grid, or more; 0 for none
 * @param prefillList index in {@code lists} of the list for chunks of query tokens
 * @param prefillItems blocks of its grid, or more; 0 for none
 */
record AttentionPlan(
    int[] lists, int decodeList, int decodeWorkers, int prefillList, int prefillItems) {}
