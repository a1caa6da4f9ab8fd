package io.penstock.engine.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.backend.BatchLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreparationTest {

  @ParameterizedTest
  @CsvSource({"4, 64", "3, 64", "64, 64", "1, 2048", "256, 2048", "5, 7"})
  void theLargestBatchHasAllTokensAndRowsAndOneBlock(int sequences, int tokens) {
    BatchLayout batch = Preparation.largestBatch(new StepLimits(sequences, sequences, tokens));
    assertThat(batch.numTokens()).isEqualTo(tokens);
    assertThat(batch.logitRows()).hasSize(sequences).isSorted();
    assertThat(batch.queryStart()[sequences]).isEqualTo(tokens);
    for (int s = 0; s < sequences; s++) {
      int length = batch.queryStart()[s + 1] - batch.queryStart()[s];
      assertThat(length).isPositive().isEqualTo(batch.contextLengths()[s]);
      assertThat(batch.blockTables()[s]).hasSize(Math.ceilDiv(length, 16)).containsOnly(0);
      assertThat(batch.positions()[batch.logitRows()[s]]).isEqualTo(length - 1);
    }
  }

  @Test
  void positionsBeginAnewInEachSequence() {
    assertThat(Preparation.largestBatch(new StepLimits(2, 2, 5)).positions())
        .containsExactly(0, 1, 0, 1, 2);
  }
}
