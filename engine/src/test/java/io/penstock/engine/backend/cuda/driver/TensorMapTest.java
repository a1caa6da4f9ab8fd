package io.penstock.engine.backend.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.backend.cuda.driver.TensorMap.Promotion;
import io.penstock.engine.backend.cuda.driver.TensorMap.Swizzle;
import java.util.List;
import org.junit.jupiter.api.Test;

class TensorMapTest {
  private static final long ADDRESS = 0x7f00_0000_0000L;

  @Test
  void aMatrixIsReadInBoxesAsWideAsTheSwizzle() {
    TensorMap map = TensorMap.matrix(ADDRESS, 6144, 8192, 12288, 64, Promotion.BYTES_256);
    assertThat(map.sizes()).containsExactly(6144L, 8192L);
    assertThat(map.strides()).containsExactly(12288L);
    assertThat(map.box()).containsExactly(64, 64);
    assertThat(map.swizzle()).isEqualTo(Swizzle.BYTES_128);
  }

  @Test
  void whatTheCopyEngineCannotReadIsRefusedByName() {
    refused(ADDRESS + 8, 64, 1, 128, 64, "address " + (ADDRESS + 8));
    refused(0, 64, 1, 128, 64, "address 0");
    refused(ADDRESS, 0, 1, 128, 64, "dimension 0");
    refused(ADDRESS, 64, 0, 128, 64, "dimension 0");
    refused(ADDRESS, 64, (1L << 32) + 1, 128, 64, "dimension 4294967297");
    refused(ADDRESS, 60, 1, 120, 64, "stride 120");
    refused(ADDRESS, 64, 1, 112, 64, "stride 112");
    refused(ADDRESS, 64, 1, 128, 257, "box 257");
  }

  @Test
  void aRowOfABoxIsNoLongerThanItsSwizzle() {
    assertThatThrownBy(
            () ->
                new TensorMap(
                    ADDRESS,
                    List.of(64L, 8L),
                    List.of(128L),
                    List.of(64, 8),
                    Swizzle.BYTES_64,
                    Promotion.BYTES_128))
        .hasMessageEndingWith("row of a box 64");
  }

  @Test
  void everyDimensionHasItsSizes() {
    assertThatThrownBy(
            () ->
                new TensorMap(
                    ADDRESS,
                    List.of(64L, 8L, 2L),
                    List.of(128L),
                    List.of(64, 8),
                    Swizzle.BYTES_64,
                    Promotion.BYTES_128))
        .hasMessageContaining("do not fit");
  }

  private static void refused(
      long address, long columns, long rows, long rowBytes, int boxRows, String reason) {
    assertThatThrownBy(
            () -> TensorMap.matrix(address, columns, rows, rowBytes, boxRows, Promotion.BYTES_128))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith(reason);
  }
}
