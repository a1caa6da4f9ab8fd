package io.penstock.engine.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class BatchLayoutTest {
  private static final int[] FIRST = {4, 5};
  private static final int[] SECOND = {7};
  private static final int[] THIRD = {9, 8, 6};

  /** A chunk without logits, a prompt with two rows of them, and a decoding sequence. */
  private static final BatchLayout BATCH =
      new BatchLayout(
          new int[] {10, 11, 20, 21, 22, 30},
          new int[] {18, 19, 0, 1, 2, 40},
          new int[] {0, 2, 5, 6},
          new int[] {20, 3, 41},
          new int[] {25, 3, 41},
          new int[][] {FIRST, SECOND, THIRD},
          new int[] {3, 4, 5});

  @Test
  void rowsWhoseLogitsAreWantedKnowTheirSequences() {
    assertThat(BATCH.logitSequences()).containsExactly(1, 1, 2);
  }

  @Test
  void rowsWhoseLogitsAreWantedBecomeSequencesOfOneTokenBehindTheirOwnContext() {
    BatchLayout rows = BATCH.ofWantedRows();
    assertThat(rows.tokenIds()).containsExactly(21, 22, 30);
    assertThat(rows.positions()).containsExactly(1, 2, 40);
    assertThat(rows.queryStart()).containsExactly(0, 1, 2, 3);
    assertThat(rows.contextLengths()).containsExactly(2, 3, 41);
    assertThat(rows.ropeLengths()).containsExactly(3, 3, 41);
    assertThat(List.of(rows.blockTables())).containsExactly(SECOND, SECOND, THIRD);
    assertThat(rows.logitRows()).containsExactly(0, 1, 2);
  }
}
