package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrefillTuningTest {
  @Test
  void everyBucketIsMeasuredWhereServersLive() {
    int[] counts = PrefillTuning.counts(8192);
    for (int tokens = PrefillGemmPlan.LEAST_TOKENS; tokens <= 1024; tokens++) {
      assertThat(counts).contains(TokenBuckets.of(tokens));
    }
    assertThat(counts).isSorted().doesNotHaveDuplicates().contains(2048, 8192);
  }

  /** It is done at every start: a few milliseconds each, together a third of a second. */
  @Test
  void measurementsAreFew() {
    assertThat(PrefillTuning.counts(1024)).hasSizeLessThan(36);
    assertThat(PrefillTuning.counts(16_384)).hasSizeLessThan(60);
    assertThat(PrefillTuning.counts(128)).isEmpty();
  }
}
