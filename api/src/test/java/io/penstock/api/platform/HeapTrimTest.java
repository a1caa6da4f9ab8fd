package io.penstock.api.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.MemoryUsage;
import org.junit.jupiter.api.Test;

class HeapTrimTest {
  private static final long MB = 1 << 20;

  @Test
  void garbageMayGrowToHalfOfWhatIsLiveAndToTheLeastThatIsWorthACollection() {
    assertThat(threshold(70, 6000)).isEqualTo(134 * MB);
    assertThat(threshold(1000, 6000)).isEqualTo(1500 * MB);
  }

  @Test
  void theThresholdStaysWithinThePool() {
    assertThat(threshold(5000, 6000)).isEqualTo(6000 * MB);
    assertThat(HeapTrim.threshold(new MemoryUsage(0, 70 * MB, 80 * MB, -1))).isEqualTo(134 * MB);
  }

  private static long threshold(long liveMb, long maxMb) {
    return HeapTrim.threshold(new MemoryUsage(0, liveMb * MB, liveMb * MB, maxMb * MB));
  }
}
