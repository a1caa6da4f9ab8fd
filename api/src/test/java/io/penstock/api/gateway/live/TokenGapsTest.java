package io.penstock.api.gateway.live;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenGapsTest {
  @Test
  void manyGapsKeepTheirLongest() {
    TokenGaps gaps = new TokenGaps();
    for (int i = 0; i < 2000; i++) {
      gaps.add(i == 777 ? 50_000_000 : 1_000_000);
    }

    TokenGaps.Series series = gaps.series();

    assertThat(series.stride()).isEqualTo(4);
    assertThat(series.micros()).hasSize(500);
    assertThat(series.micros()[777 / 4]).isEqualTo(50_000);
    assertThat(series.micros()).containsOnly(1000, 50_000);
  }
}
