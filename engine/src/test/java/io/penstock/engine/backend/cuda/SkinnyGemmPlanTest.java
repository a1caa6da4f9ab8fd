package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SkinnyGemmPlanTest {
  private static final int H100 = 132;

  @ParameterizedTest
  @CsvSource({
    "6144, 4096, 16, _n16_s4, 48, 4",
    "4096, 4096, 64, _n64_s8, 32, 8",
    "4096, 14336, 32, _n32_s8, 32, 8",
    "28672, 8192, 9, _n16_s1, 224, 1",
    "576, 576, 8, _n8_s4, 5, 4",
    "960, 64, 3, _n8_s1, 8, 1",
  })
  void sharesTheColumnsWhereRowsAreFew(
      int rows, int k, int tokens, String suffix, int gridX, int gridY) {
    assertThat(SkinnyGemmPlan.of(rows, k, tokens, H100))
        .contains(new SkinnyGemmPlan(suffix, gridX, gridY, 128));
  }

  @Test
  void aGatedBlockHasHalfAsManyOutputs() {
    assertThat(SkinnyGemmPlan.gated(14336, 4096, 33, H100))
        .contains(new SkinnyGemmPlan("_n64_s1", 224, 1, 128));
  }

  @ParameterizedTest
  @CsvSource({"4096, 4096, 65", "4096, 4096, 0", "4096, 4092, 16", "50257, 768, 16"})
  void otherShapesHaveNoKernel(int rows, int k, int tokens) {
    assertThat(SkinnyGemmPlan.of(rows, k, tokens, H100)).isEmpty();
  }

  @Test
  void theNarrowestKernelThatHoldsTheTokensIsTaken() {
    for (int tokens = 1; tokens <= 64; tokens++) {
      String suffix = SkinnyGemmPlan.of(32768, 4096, tokens, H100).orElseThrow().suffix();
      int width = Integer.parseInt(suffix.substring(2, suffix.indexOf("_s")));
      assertThat(width).isBetween(Math.max(8, tokens), Math.max(8, 2 * tokens - 1));
      assertThat(width).isIn(8, 16, 32, 64);
    }
  }
}
