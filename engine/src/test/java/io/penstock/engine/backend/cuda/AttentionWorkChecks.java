package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.backend.BatchLayout;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Reads work lists as the kernels do and checks them against the batch. */
final class AttentionWorkChecks {
  private AttentionWorkChecks() {}

  /** Tables laid end to end. */
  static int[] blockStart(BatchLayout batch) {
    int[] start = new int[batch.numSequences()];
    for (int s = 1; s < start.length; s++) {
      start[s] = start[s - 1] + batch.blockTables()[s - 1].length;
    }
    return start;
  }

  /** Pages that parts of one (sequence or tile) have claimed so far. */
  private record Claim(int splits, int slot, Map<Integer, int[]> pagesBySplit) {}

  static void decode(WorkList list, BatchLayout batch, AttentionKernels kernels, int window) {
    int[] ints = list.ints();
    assertThat(ints).hasSizeLessThanOrEqualTo(kernels.mostDecodeInts(batch.numSequences()));
    assertThat(list.items()).isLessThanOrEqualTo(kernels.mostDecodeWorkers(batch.numSequences()));
    assertThat(ints[0]).isEqualTo(list.items());

    Map<Integer, Claim> byRow = new HashMap<>();
    Set<Integer> read = new HashSet<>();
    for (int worker = 0; worker < list.items(); worker++) {
      for (int r = worker; r >= 0; r = ints[8 * (1 + r) + 5]) {
        assertThat(read.add(r)).isTrue();
        claim(byRow, ints, 8 * (1 + r), ints[8 * (1 + r)], 1, ints[8 * (1 + r) + 3] / 16, 2);
      }
    }
    assertThat(read).hasSize(ints.length / 8 - 1);

    int[] start = blockStart(batch);
    for (int s = 0; s < batch.numSequences(); s++) {
      int context = batch.contextLengths()[s];
      if (context == 0 || batch.queryStart()[s + 1] - batch.queryStart()[s] != 1) {
        continue;
      }
      int first = window > 0 ? Math.max(0, context - window) / 16 : 0;
      Claim claim = byRow.remove(batch.queryStart()[s]);
      covers(claim, first, Math.ceilDiv(context, 16), start[s]);
    }
    assertThat(byRow).isEmpty();
    long bytes = (long) list.partials() * kernels.numHeads() * (kernels.headDim() + 4) * 4;
    assertThat(bytes).isLessThanOrEqualTo(kernels.partialBytes(batch.numSequences()));
    assertThat((1L + list.partials()) * kernels.decodeGridX() * 4)
        .isLessThanOrEqualTo(kernels.counterBytes(batch.numSequences()));
  }

  static void prefill(WorkList list, BatchLayout batch, AttentionKernels kernels, int window) {
    int[] ints = list.ints();
    assertThat(ints)
        .hasSizeLessThanOrEqualTo(kernels.mostPrefillInts(batch.numTokens(), batch.numSequences()));
    assertThat(list.partials()).isLessThanOrEqualTo(kernels.mostPrefillPartials());

    Map<Integer, Claim> byRow = new HashMap<>();
    Map<Integer, int[]> tiles = new HashMap<>();
    for (int r = 0; r < list.items(); r++) {
      int at = 8 * (1 + r);
      claim(byRow, ints, at, ints[at], 3, ints[at + 4], 5);
      tiles.put(ints[at], new int[] {ints[at + 1], ints[at + 2]});
      assertThat(r == 0 || ints[at + 5] <= ints[at - 8 + 5]).isTrue();
    }
    int[] start = blockStart(batch);
    for (int s = 0; s < batch.numSequences(); s++) {
      int end = batch.queryStart()[s + 1];
      int queries = end - batch.queryStart()[s];
      if (batch.contextLengths()[s] == 0 || queries == 1) {
        continue;
      }
      for (int row = batch.queryStart()[s]; row < end; ) {
        int[] tile = tiles.get(row);
        assertThat(tile[0]).isBetween(1, kernels.prefillPositions());
        assertThat(tile[1]).isEqualTo(batch.contextLengths()[s] - (end - row));
        int first = window > 0 ? Math.max(0, tile[1] - window + 1) / 16 : 0;
        covers(byRow.remove(row), first, (tile[1] + tile[0] - 1) / 16 + 1, start[s]);
        row += tile[0];
      }
    }
    assertThat(byRow).isEmpty();
  }

  private static void claim(
      Map<Integer, Claim> claims,
      int[] ints,
      int at,
      int key,
      int blockField,
      int page,
      int pagesField) {
    int splits = ints[at + 7] >> 16;
    int split = ints[at + 7] & 0xffff;
    int slot = ints[at + 6];
    Claim claim = claims.computeIfAbsent(key, _ -> new Claim(splits, slot, new HashMap<>()));
    assertThat(claim.splits()).isEqualTo(splits);
    assertThat(claim.slot()).isEqualTo(slot);
    int[] range = {page, ints[at + pagesField], ints[at + blockField]};
    assertThat(claim.pagesBySplit().put(split, range)).isNull();
  }

  /** The parts, in order, are the pages [first, end) without a gap. */
  private static void covers(Claim claim, int first, int end, int blockStart) {
    assertThat(claim.pagesBySplit()).hasSize(claim.splits());
    int page = first;
    for (int split = 0; split < claim.splits(); split++) {
      int[] range = claim.pagesBySplit().get(split);
      assertThat(range[0]).isEqualTo(page);
      assertThat(range[1]).isPositive();
      assertThat(range[2]).isEqualTo(blockStart + page);
      page += range[1];
    }
    assertThat(page).isEqualTo(end);
  }
}
