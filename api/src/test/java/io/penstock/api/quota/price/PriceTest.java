package io.penstock.api.quota.price;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class PriceTest {
  private static Price price(long prompt, long cached, long completion) {
    return new Price("m", 1, Instant.EPOCH, prompt, cached, completion, 0, 0);
  }

  /** 0.15, 0.075 and 0.60 dollars for a million tokens. */
  private static final Price MINI = price(150_000, 75_000, 600_000);

  @Test
  void costIsExactAndRoundedUpOnce() {
    assertThat(MINI.cost(1_000_000, 0, 1_000_000, 0)).isEqualTo(750_000);
    assertThat(MINI.cost(1_000_000, 400_000, 1_000_000, 0)).isEqualTo(720_000);
    assertThat(MINI.cost(1, 0, 1, 0)).as("0.75 micro-units").isEqualTo(1);
    assertThat(MINI.cost(2, 0, 2, 0)).as("1.5").isEqualTo(2);
    assertThat(MINI.cost(4, 0, 4, 0)).as("3.0").isEqualTo(3);
  }

  @Test
  void whereNothingIsGeneratedNothingIsCharged() {
    assertThat(MINI.cost(1_000_000, 0, 0, 5_000_000)).isZero();
  }

  @Test
  void computingIsChargedUpToTheBoundOfItsTokens() {
    Price price = new Price("m", 1, Instant.EPOCH, 0, 0, 0, 1_000_000, 1000);
    assertThat(price.cost(10, 0, 10, 5_000)).as("5 ms at 1 a second").isEqualTo(5_000);
    assertThat(price.cost(10, 0, 10, 90_000)).as("20 tokens, 1 ms each").isEqualTo(20_000);
    assertThat(price.most(10, 10)).isEqualTo(20_000);
  }

  @Test
  void whatWouldOverflowIsAnErrorAndNoSmallNumber() {
    Price dear = price(Price.LARGEST, Price.LARGEST, Price.LARGEST);
    assertThat(dear.most(1 << 28, 1 << 28)).isPositive();
    assertThatThrownBy(() -> dear.most(Long.MAX_VALUE / 2, 1))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void aPriceCountsFromItsTimeOn() {
    Instant march = Instant.parse("2026-03-01T00:00:00Z");
    Price first = new Price("m", 1, Instant.EPOCH.plusSeconds(100), 1, 1, 1, 0, 0);
    Price second = new Price("m", 2, march, 2, 2, 2, 0, 0);
    PriceList list = new PriceList(List.of(second, first));
    assertThat(list.at("m", Instant.EPOCH)).isEqualTo(Price.FREE);
    assertThat(list.at("m", march.minusNanos(1))).isEqualTo(first);
    assertThat(list.at("m", march)).isEqualTo(second);
    assertThat(list.at("other", march)).isEqualTo(Price.FREE);
  }

  @Property(tries = 1000)
  void nothingCostsMoreThanWasHeld(
      @ForAll @LongRange(min = 0, max = Price.LARGEST) long prompt,
      @ForAll @LongRange(min = 0, max = Price.LARGEST) long cached,
      @ForAll @LongRange(min = 0, max = Price.LARGEST) long completion,
      @ForAll @LongRange(min = 0, max = Price.LARGEST) long second,
      @ForAll @IntRange(min = 0, max = 1000) int mostUs,
      @ForAll @IntRange(min = 1, max = 131_072) int promptTokens,
      @ForAll @IntRange(min = 0, max = 100) int cachedPercent,
      @ForAll @IntRange(min = 1, max = 131_072) int output,
      @ForAll @IntRange(min = 0, max = 100) int generatedPercent,
      @ForAll @LongRange(min = 0, max = 10_000_000_000L) long computeUs) {
    Price price = new Price("m", 1, Instant.EPOCH, prompt, cached, completion, second, mostUs);
    long cost =
        price.cost(
            promptTokens,
            (long) promptTokens * cachedPercent / 100,
            (long) output * generatedPercent / 100,
            computeUs);
    assertThat(cost).isBetween(0L, price.most(promptTokens, output));
  }
}
