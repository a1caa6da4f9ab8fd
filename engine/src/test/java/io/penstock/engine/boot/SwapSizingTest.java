package io.penstock.engine.boot;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SwapSizingTest {
  private static final long GIB = 1L << 30;
  private static final long BLOCK = 2L << 20;

  private static int slots(long wanted, boolean ownMemory, long hostBytes) {
    return SwapSizing.slots(wanted, ownMemory, BLOCK, hostBytes);
  }

  @Test
  void aDeviceWithItsOwnMemoryGetsFourGibibytesOrAnEighthOfTheHosts() {
    assertThat(slots(EngineOptions.DEFAULT_SWAP, true, 128 * GIB)).isEqualTo(2048);
    assertThat(slots(EngineOptions.DEFAULT_SWAP, true, 16 * GIB)).isEqualTo(1024);
    assertThat(slots(EngineOptions.DEFAULT_SWAP, true, -GIB)).isZero();
  }

  @Test
  void aCacheInTheHostsMemoryGetsNoneUnlessItIsSet() {
    assertThat(slots(EngineOptions.DEFAULT_SWAP, false, 128 * GIB)).isZero();
    assertThat(slots(GIB, false, 128 * GIB)).isEqualTo(512);
  }

  @Test
  void theSettingIsTaken() {
    assertThat(slots(0, true, 128 * GIB)).isZero();
    assertThat(slots(16 * GIB, true, 8 * GIB)).isEqualTo(8192);
    assertThat(slots(BLOCK - 1, true, 128 * GIB)).isZero();
  }
}
