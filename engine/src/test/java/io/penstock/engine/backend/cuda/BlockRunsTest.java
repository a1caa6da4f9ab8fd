package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.engine.backend.cuda.BlockRuns.Run;
import org.junit.jupiter.api.Test;

class BlockRunsTest {
  @Test
  void aRunGoesOnWhileBothCountUp() {
    int[] blocks = {4, 5, 6, 9, 10, 3, 2, 7};
    int[] slots = {0, 1, 2, 3, 5, 6, 7, 8};
    assertThat(BlockRuns.of(blocks, slots))
        .containsExactly(
            new Run(4, 0, 3),
            new Run(9, 3, 1),
            new Run(10, 5, 1),
            new Run(3, 6, 1),
            new Run(2, 7, 1),
            new Run(7, 8, 1));
  }

  @Test
  void oneRunOrNone() {
    assertThat(BlockRuns.of(new int[] {1, 2}, new int[] {7, 8})).containsExactly(new Run(1, 7, 2));
    assertThat(BlockRuns.of(new int[0], new int[0])).isEmpty();
  }
}
