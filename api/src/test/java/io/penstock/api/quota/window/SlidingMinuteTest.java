package io.penstock.api.quota.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class SlidingMinuteTest {
  private static final long BEGIN = 1_800_000_000L;

  @Test
  void anEventCountsForSixtyWholeSeconds() {
    SlidingMinute minute = new SlidingMinute();
    minute.add(BEGIN, 7);
    minute.advance(BEGIN + 60);
    assertThat(minute.sum()).isEqualTo(7);
    minute.advance(BEGIN + 61);
    assertThat(minute.sum()).isZero();
  }

  @Test
  void timeThatGoesBackOpensNothing() {
    SlidingMinute minute = new SlidingMinute();
    minute.add(BEGIN + 60, 5);
    minute.add(BEGIN, 2);
    assertThat(minute.head()).isEqualTo(BEGIN + 60);
    minute.advance(BEGIN + 120);
    assertThat(minute.sum()).isEqualTo(7);
    minute.advance(BEGIN + 121);
    assertThat(minute.sum()).isZero();
  }

  @Test
  void saysWhenEnoughHasLeft() {
    SlidingMinute minute = new SlidingMinute();
    minute.add(BEGIN, 10);
    minute.add(BEGIN + 20, 30);
    minute.add(BEGIN + 50, 5);
    assertThat(minute.secondOfAtMost(45)).as("now").isEqualTo(BEGIN + 50);
    assertThat(minute.secondOfAtMost(44)).isEqualTo(BEGIN + 61);
    assertThat(minute.secondOfAtMost(35)).isEqualTo(BEGIN + 61);
    assertThat(minute.secondOfAtMost(34)).isEqualTo(BEGIN + 81);
    assertThat(minute.secondOfAtMost(0)).isEqualTo(BEGIN + 111);
  }

  @Test
  void whatIsTakenBackIsTakenFromItsSecond() {
    SlidingMinute minute = new SlidingMinute();
    minute.add(BEGIN, 10);
    minute.add(BEGIN + 5, 3);
    minute.takeBack(BEGIN, 4);
    assertThat(minute.sum()).isEqualTo(9);
    minute.takeBack(BEGIN + 5, 8);
    assertThat(minute.sum()).as("no more than there is").isEqualTo(6);
    minute.advance(BEGIN + 61);
    minute.takeBack(BEGIN, 6);
    assertThat(minute.sum()).as("it has left by itself").isZero();
  }

  @Test
  void anEmptyMinuteIsNoBytes() {
    SlidingMinute minute = new SlidingMinute();
    minute.add(BEGIN, 1);
    minute.advance(BEGIN + 100);
    assertThat(minute.bytes()).isEmpty();
  }

  /**
   * @param gap seconds since the event before
   */
  record Event(int gap, int amount) {}

  @Provide
  Arbitrary<List<Event>> events() {
    return Combinators.combine(
            Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(8, Arbitraries.integers().between(0, 3)),
                net.jqwik.api.Tuple.of(2, Arbitraries.integers().between(0, 200))),
            Arbitraries.integers().between(0, 1_000_000))
        .as(Event::new)
        .list()
        .ofMaxSize(100);
  }

  @Property(tries = 300)
  void bytesKeepAll(@ForAll("events") List<Event> events) {
    SlidingMinute minute = new SlidingMinute();
    long second = BEGIN;
    for (Event event : events) {
      second += event.gap;
      minute.add(second, event.amount);
    }
    SlidingMinute copy = SlidingMinute.of(minute.bytes());
    for (int later = 0; later <= SlidingMinute.SLICES; later += 7) {
      minute.advance(second + later);
      copy.advance(second + later);
      assertThat(copy.sum()).isEqualTo(minute.sum());
    }
  }

  /** Milliseconds: whatever interval of 60 s one looks at, the sum has seen all of it. */
  @Property(tries = 300)
  void theSumBoundsEveryIntervalOfAMinute(
      @ForAll List<@net.jqwik.api.constraints.IntRange(min = 0, max = 4000) Integer> gapsMillis) {
    SlidingMinute minute = new SlidingMinute();
    long[] times = new long[gapsMillis.size()];
    long now = BEGIN * 1000;
    for (int i = 0; i < times.length; i++) {
      now += gapsMillis.get(i);
      times[i] = now;
      minute.add(Math.floorDiv(now, 1000L), 1);
      int inLastMinute = 0;
      for (int j = 0; j <= i; j++) {
        inLastMinute += now - times[j] <= 60_000 ? 1 : 0;
      }
      assertThat(minute.sum()).isGreaterThanOrEqualTo(inLastMinute);
    }
  }
}
