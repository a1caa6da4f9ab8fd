package io.penstock.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.backend.BatchLayout;
import io.penstock.engine.sched.ScheduledSequence;
import io.penstock.engine.sched.StepPlan;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchLayoutsTest {
  private static final int[] TABLE_A = {4, 2};
  private static final int[] TABLE_B = {7};

  /** Five tokens of a, the last three generated, and a chunk of b's prompt. */
  private static final StepPlan PLAN =
      new StepPlan(
          List.of(
              new ScheduledSequence(0, new int[] {11, 12, 13, 14, 15}, 14, 16, TABLE_A, true),
              new ScheduledSequence(1, new int[] {21, 22}, 3, 9, TABLE_B, false)));

  @Test
  void laysSequencesEndToEnd() {
    BatchLayout batch = BatchLayouts.of(PLAN, false);
    assertThat(batch.tokenIds()).containsExactly(11, 12, 13, 14, 15, 21, 22);
    assertThat(batch.positions()).containsExactly(14, 15, 16, 17, 18, 3, 4);
    assertThat(batch.queryStart()).containsExactly(0, 5, 7);
    assertThat(batch.contextLengths()).containsExactly(19, 5);
    assertThat(batch.ropeLengths()).containsExactly(19, 9);
    assertThat(batch.blockTables()).isDeepEqualTo(new int[][] {TABLE_A, TABLE_B});
    assertThat(batch.logitRows()).containsExactly(4);
  }

  @Test
  void eachGeneratedTokenKeepsTheLengthThatItWasRotatedFor() {
    BatchLayout batch = BatchLayouts.of(PLAN, true);
    assertThat(batch.tokenIds()).containsExactly(11, 12, 13, 14, 15, 21, 22);
    assertThat(batch.queryStart()).containsExactly(0, 2, 3, 4, 5, 7);
    assertThat(batch.contextLengths()).containsExactly(16, 17, 18, 19, 5);
    assertThat(batch.ropeLengths()).containsExactly(16, 17, 18, 19, 9);
    assertThat(batch.blockTables())
        .isDeepEqualTo(new int[][] {TABLE_A, TABLE_A, TABLE_A, TABLE_A, TABLE_B});
    assertThat(batch.logitRows()).containsExactly(4);
  }

  @Test
  void aTokenInFlightIsNamedByItsRow() {
    StepPlan plan =
        new StepPlan(
            List.of(
                new ScheduledSequence(0, new int[] {11, 12}, 3, 9, TABLE_A, false),
                new ScheduledSequence(
                    1, new int[] {ScheduledSequence.pendingToken(2)}, 9, 9, TABLE_B, true)));
    for (boolean rotationDependsOnLength : new boolean[] {false, true}) {
      BatchLayout batch = BatchLayouts.of(plan, rotationDependsOnLength);
      assertThat(batch.tokenIds()).containsExactly(11, 12, -3);
      assertThat(batch.logitRows()).containsExactly(2);
    }
  }
}
