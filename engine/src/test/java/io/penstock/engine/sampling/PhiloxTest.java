package io.penstock.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PhiloxTest {

  /** The known answers that come with the authors' Random123 library. */
  @Test
  void agreesWithThePublishedVectors() {
    assertThat(Philox.block(0, 0, 0, 0, 0, 0))
        .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertThat(Philox.block(-1, -1, -1, -1, -1, -1))
        .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertThat(Philox.block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0))
        .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  @Test
  void seedChoiceAndPositionEachChangeTheNumber() {
    double base = Philox.uniform(42, 0, 0);
    assertThat(base).isBetween(0.0, Math.nextDown(1.0)).isEqualTo(Philox.uniform(42, 0, 0));
    assertThat(base)
        .isNotEqualTo(Philox.uniform(43, 0, 0))
        .isNotEqualTo(Philox.uniform(42L + (1L << 32), 0, 0))
        .isNotEqualTo(Philox.uniform(42, 1, 0))
        .isNotEqualTo(Philox.uniform(42, 0, 1));
  }

  @Test
  void isUniform() {
    int[] bins = new int[100];
    IntStream.range(0, 100_000).forEach(i -> bins[(int) (Philox.uniform(7, 0, i) * 100)]++);
    assertThat(ChiSquare.statistic(bins, i -> 0.01)).isLessThan(ChiSquare.critical(99));
  }
}
