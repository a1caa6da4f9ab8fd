package io.penstock.api.quota.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class CounterTest {
  private static final Amounts HOLD = new Amounts(110, 100, 900);
  private static final Amounts USED = new Amounts(40, 30, 300);

  private static Moment at(String time) {
    return Moment.of(Instant.parse(time), ZoneOffset.UTC);
  }

  @Test
  void aHoldTurnsIntoWhatWasUsed() {
    Counter counter = new Counter(1);
    counter.admit(at("2026-11-27T10:00:00Z"), HOLD);
    assertThat(counter.running()).isEqualTo(1);
    assertThat(counter.held()).isEqualTo(HOLD);
    assertThat(counter.requests().sum()).isEqualTo(1);
    assertThat(counter.tokens().sum()).isZero();

    counter.settle(at("2026-11-27T10:00:30Z"), HOLD, USED);
    assertThat(counter.running()).isZero();
    assertThat(counter.held()).isEqualTo(Amounts.NONE);
    assertThat(counter.tokens().sum()).isEqualTo(40);
    assertThat(counter.output().sum()).isEqualTo(30);
    assertThat(counter.day().tokens()).isEqualTo(40);
    assertThat(counter.day().requests()).isEqualTo(1);
    assertThat(counter.month().money()).isEqualTo(300);
  }

  @Test
  void whatRunsOverMidnightIsUsedInTheDayInWhichItEnds() {
    Counter counter = new Counter(1);
    counter.admit(at("2026-11-30T23:59:59Z"), HOLD);
    counter.settle(at("2026-12-01T00:00:01Z"), HOLD, USED);
    assertThat(counter.day().tokens()).isEqualTo(40);
    assertThat(counter.month().tokens()).isEqualTo(40);
    assertThat(counter.day().requests()).as("was counted yesterday").isZero();
  }

  @Test
  void aReleasedRequestHasNeverBeen() {
    Counter counter = new Counter(1);
    Moment now = at("2026-11-27T10:00:00Z");
    counter.admit(now, HOLD);
    counter.admit(at("2026-11-27T10:00:05Z"), HOLD);
    counter.release(now, HOLD);
    assertThat(counter.running()).isEqualTo(1);
    assertThat(counter.held()).isEqualTo(HOLD);
    assertThat(counter.requests().sum()).isEqualTo(1);
    assertThat(counter.day().requests()).isEqualTo(1);
  }

  @Test
  void anEarlierDayIsNotReturnedTo() {
    Counter counter = new Counter(1);
    counter.book(at("2026-12-01T00:00:00Z"), USED);
    counter.book(at("2026-11-30T23:00:00Z"), USED); // another time zone was set
    assertThat(counter.day().tokens()).isEqualTo(80);
    assertThat(counter.month().tokens()).isEqualTo(80);
  }
}
