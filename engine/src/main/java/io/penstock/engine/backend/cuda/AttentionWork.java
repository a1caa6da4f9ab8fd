package io.penstock.engine.backend.cuda;

import io.penstock.engine.backend.BatchLayout;
import java.util.BitSet;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * One step's attention as lists for the kernels: sequences with one query token go to the decode
 * kernel, prompts that are whole in the step to Hopper's kernel for them where there is one, other
 * chunks of several to the prefill kernel, padding (context length 0) to none. Layers with
 * different windows need work of their own; a list without a window is right for any, only slower.
 *
 * @param decode of {@link DecodeWork}; no items when no sequence has one query token
 * @param prefill of {@link PrefillWork}; no items when no chunk is for it
 * @param whole of {@link HopperPrefill}; no tiles when no prompt is for it
 * @param last of {@link DecodeWork}, for the rows whose logits are wanted, where the last layer
 *     goes on with them alone
 */
record AttentionWork(
    WorkList decode, WorkList prefill, HopperPrefillPlan whole, Optional<WorkList> last) {

  /**
   * @param blockStart (sequences) index in the uploaded block ids of each sequence's first block
   * @param hopper empty where all chunks are for the prefill kernel
   * @param window tokens that a query sees including itself, 0 for all before it
   */
  static AttentionWork of(
      BatchLayout batch,
      int[] blockStart,
      AttentionKernels kernels,
      Optional<HopperPrefill> hopper,
      int window) {
    IntPredicate chunk =
        s ->
            batch.contextLengths()[s] > 0
                && !DecodeWork.takes(batch, s)
                && !(hopper.isPresent() && HopperPrefill.takes(batch, s));
    return new AttentionWork(
        DecodeWork.of(batch, blockStart, kernels, window, onlyLastBlocksAreWritten(batch)),
        PrefillWork.of(batch, chunk, blockStart, kernels, window),
        hopper.map(h -> h.plan(batch)).orElse(HopperPrefillPlan.NONE),
        Optional.empty());
  }

  /** The same, and the last layer's for the rows whose logits are wanted. */
  AttentionWork keepingLogitRows(
      BatchLayout batch, int[] blockStart, AttentionKernels kernels, int window) {
    int[] starts = batch.logitSequences();
    for (int i = 0; i < starts.length; i++) {
      starts[i] = blockStart[starts[i]];
    }
    // Nothing is read ahead: this step writes what they look at.
    WorkList rows = DecodeWork.of(batch.ofWantedRows(), starts, kernels, window, false);
    return new AttentionWork(decode, prefill, whole, Optional.of(rows));
  }

  /**
   * Whether each sequence's blocks but its last were written by earlier steps. Not so beside a
   * chunk, whose blocks another sequence may share, nor where one sequence stands in the batch as
   * several of one token each.
   */
  private static boolean onlyLastBlocksAreWritten(BatchLayout batch) {
    BitSet written = new BitSet();
    for (int s = 0; s < batch.numSequences(); s++) {
      if (batch.contextLengths()[s] > 0) {
        if (!DecodeWork.takes(batch, s)) {
          return false;
        }
        written.set(batch.blockTables()[s][lastBlock(batch, s)]);
      }
    }
    for (int s = 0; s < batch.numSequences(); s++) {
      int older = batch.contextLengths()[s] > 0 ? lastBlock(batch, s) : 0;
      for (int i = 0; i < older; i++) {
        if (written.get(batch.blockTables()[s][i])) {
          return false;
        }
      }
    }
    return true;
  }

  private static int lastBlock(BatchLayout batch, int s) {
    return (batch.contextLengths()[s] - 1) / AttentionKernels.PAGE;
  }
}
