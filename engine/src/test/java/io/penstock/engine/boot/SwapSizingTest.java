package io.penstock.engine.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.engine.core.ModelLoadException;
import org.junit.jupiter.api.Test;

class SwapSizingTest {
  private static final long GIB = 1L << 30;
  private static final long BLOCK = 2L << 20;
  private static final int BLOCKS = 26_000;

  private static int slots(long wanted, boolean ownMemory, long hostBytes) {
    return SwapSizing.slots(wanted, ownMemory, BLOCK, BLOCKS, hostBytes);
  }

  @Test
  void aDeviceWithItsOwnMemoryGetsAQuarterOfItsCacheOrAnEighthOfTheHostsMemory() {
    assertThat(slots(EngineOptions.DEFAULT_SWAP, true, 128 * GIB)).isEqualTo(6500);
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
    assertThat(slots(0, true, -GIB)).isZero();
    assertThat(slots(16 * GIB, true, 17 * GIB)).isEqualTo(8192);
    assertThat(slots(BLOCK - 1, true, 128 * GIB)).isZero();
    assertThatThrownBy(() -> slots(16 * GIB, true, 15 * GIB))
        .isInstanceOf(ModelLoadException.class)
        .hasMessage(
            "swap-space is 16384 MiB, but the host has only 15360 MiB left; lower it, 0 turns it off");
  }
}
