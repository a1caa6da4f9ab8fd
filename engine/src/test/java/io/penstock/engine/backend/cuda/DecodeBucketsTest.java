package io.penstock.engine.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class DecodeBucketsTest {

  @Test
  void smallSizesThenEveryEighthThenTheLargest() {
    assertThat(new DecodeBuckets(1).sizes()).containsExactly(1);
    assertThat(new DecodeBuckets(3).sizes()).containsExactly(1, 2, 3);
    assertThat(new DecodeBuckets(32).sizes()).containsExactly(1, 2, 4, 8, 16, 24, 32);
    assertThat(new DecodeBuckets(20).sizes()).containsExactly(1, 2, 4, 8, 16, 20);
    assertThat(new DecodeBuckets(256).sizes()).hasSize(35).endsWith(240, 248, 256);
  }

  @Test
  void theirNumberIsBounded() {
    int[] sizes = new DecodeBuckets(4000).sizes();
    assertThat(sizes).hasSizeLessThanOrEqualTo(40).startsWith(1, 2, 4, 128).endsWith(4000);
  }

  @Test
  void aBatchTakesTheSmallestThatHoldsIt() {
    DecodeBuckets buckets = new DecodeBuckets(20);
    int[] expected = {1, 2, 4, 4, 8, 8, 8, 8, 16, 16, 16, 16, 16, 16, 16, 16, 20, 20, 20, 20};
    for (int n = 1; n <= 20; n++) {
      assertThat(buckets.sizeFor(n)).as("%d sequences", n).isEqualTo(expected[n - 1]);
    }
    assertThatThrownBy(() -> buckets.sizeFor(21)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> buckets.sizeFor(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theCommonOnesAreRecordedAtTheStart() {
    assertThat(new DecodeBuckets(100).common())
        .containsExactly(1, 2, 4, 8, 16, 24, 32, 64, 96, 100);
  }
}
