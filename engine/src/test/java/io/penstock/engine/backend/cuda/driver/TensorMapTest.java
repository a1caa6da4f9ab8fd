package io.penstock.engine.backend.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TensorMapTest {
  private static final long ADDRESS = 0x7f00_0000_0000L;

  @Test
  void denseRowsAreTwoBytesAnElement() {
    assertThat(TensorMap.dense(ADDRESS, 6144, 8192, 64))
        .isEqualTo(new TensorMap(ADDRESS, 6144, 8192, 12288, 64));
  }

  @Test
  void whatTheCopyEngineCannotReadIsRefusedByName() {
    refused(ADDRESS + 8, 64, 1, 128, 64, "address " + (ADDRESS + 8));
    refused(0, 64, 1, 128, 64, "address 0");
    refused(ADDRESS, 0, 1, 128, 64, "columns 0");
    refused(ADDRESS, 64, 0, 128, 64, "rows 0");
    refused(ADDRESS, 64, (1L << 32) + 1, 128, 64, "rows 4294967297");
    refused(ADDRESS, 60, 1, 120, 64, "rowBytes 120");
    refused(ADDRESS, 64, 1, 112, 64, "rowBytes 112");
    refused(ADDRESS, 64, 1, 128, 257, "boxRows 257");
  }

  private static void refused(
      long address, long columns, long rows, long rowBytes, int boxRows, String reason) {
    assertThatThrownBy(() -> new TensorMap(address, columns, rows, rowBytes, boxRows))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith(reason);
  }
}
