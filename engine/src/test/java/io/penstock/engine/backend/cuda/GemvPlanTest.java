package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GemvPlanTest {
  /** Shapes of Llama 3.1 8B and 70B, SmolLM2 and an odd vocabulary. */
  @ParameterizedTest
  @CsvSource({
    "6144, 4096, 1, _n1_c2, 1536, 256",
    "4096, 14336, 1, _n1_c4, 2048, 448",
    "128256, 4096, 4, _n4_c2, 32064, 256",
    "8192, 28672, 2, _n2_c4, 4096, 448",
    "10240, 8192, 1, _n1_c2, 2560, 512",
    "4096, 11008, 1, _n1_c4, 2048, 352",
    "960, 576, 1, _n1_c2, 240, 64",
    "50257, 768, 1, _n1_c2, 12565, 64",
    "1, 16, 1, _n1_c2, 1, 32",
  })
  void picksVariantAndGeometryByShape(
      int rows, int k, int tokens, String suffix, int grid, int block) {
    assertThat(GemvPlan.of(rows, k, tokens)).contains(new GemvPlan(suffix, grid, block, 0));
  }

  @ParameterizedTest
  @CsvSource({"14336, 4096, _n1_c2, 7168", "1536, 576, _n1_c2, 768", "7, 12288, _n1_c4, 7"})
  void aGatedBlockHasHalfAsManyOutputs(int ffn, int k, String suffix, int grid) {
    assertThat(GemvPlan.gated(ffn, k, 1))
        .hasValueSatisfying(
            plan -> {
              assertThat(plan.suffix()).isEqualTo(suffix);
              assertThat(plan.grid()).isEqualTo(grid);
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 5, 8})
  void otherNumbersOfTokensHaveNoKernel(int tokens) {
    assertThat(GemvPlan.of(4096, 4096, tokens)).isEmpty();
    assertThat(GemvPlan.gated(4096, 4096, tokens)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 12, 4097})
  void rowsThatAreNotWholeVectorsHaveNoKernel(int k) {
    assertThat(GemvPlan.of(4096, k, 1)).isEmpty();
  }

  @Test
  void everyLengthIsCoveredByWholeWarpsWithinTheLimit() {
    for (int k = 8; k <= 65_536; k += 8) {
      GemvPlan plan = GemvPlan.of(4, k, 1).orElseThrow();
      int chunks = plan.suffix().endsWith("_c2") ? 2 : 4;
      int tile = plan.block() * chunks * 8;
      int tiles = (k + tile - 1) / tile;

      assertThat(plan.block() % 32).isZero();
      assertThat(plan.block()).isBetween(32, 512);
      assertThat(tiles == 1 || chunks == 4).as("only long rows are walked: k = %d", k).isTrue();
      assertThat(tiles * tile - k)
          .as("idle elements of k = %d: less than one warp's share of each tile", k)
          .isLessThan(tiles * (32 * chunks * 8));
    }
  }
}
