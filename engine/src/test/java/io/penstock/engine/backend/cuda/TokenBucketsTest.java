package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenBucketsTest {

  @Test
  void roundsUpByLessThanATile() {
    int previous = 0;
    for (int tokens = 1; tokens <= 5000; tokens++) {
      int bucket = TokenBuckets.of(tokens);
      assertThat(bucket)
          .isBetween(
              Math.max(tokens, previous), tokens + (tokens > 1024 && tokens <= 2048 ? 127 : 63));
      assertThat(TokenBuckets.of(bucket)).isEqualTo(bucket);
      previous = bucket;
    }
  }

  @Test
  void smallCountsHaveSmallSteps() {
    int[] counts = {1, 2, 3, 5, 9, 64, 65, 257, 1025, 2049};
    int[] buckets = {1, 2, 4, 8, 16, 64, 80, 288, 1152, 2112};
    for (int i = 0; i < counts.length; i++) {
      assertThat(TokenBuckets.of(counts[i])).isEqualTo(buckets[i]);
    }
  }

  @Test
  void countsToMeasureAreBucketsUpToTheLargest() {
    assertThat(GemmTuning.counts(100)).containsExactly(1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 112);
    assertThat(GemmTuning.counts(1)).containsExactly(1);
    assertThat(GemmTuning.counts(2048))
        .endsWith(1024, 1152, 1280, 1408, 1536, 1664, 1792, 1920, 2048);
  }
}
