package io.penstock.api.quota.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ReplicaWatchTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private final ReplicaWatch watch = new ReplicaWatch();
  private final UUID one = UUID.randomUUID();
  private final UUID two = UUID.randomUUID();
  private long now = 5 * SECOND;

  private java.util.List<UUID> after(long seconds, Map<UUID, Long> beats) {
    now += seconds * SECOND;
    return watch.observe(beats, now);
  }

  @Test
  void whoIsSilentForThreeBeatsIsDead() {
    assertThat(after(0, Map.of(one, 1L, two, 1L))).isEmpty();
    for (long i = 2; i < 7; i++) {
      assertThat(after(1, Map.of(one, 1L, two, i))).isEmpty();
    }
    assertThat(after(1, Map.of(one, 1L, two, 7L))).containsExactly(one);
  }

  @Test
  void aBeatBeginsItAnew() {
    after(0, Map.of(one, 1L));
    for (int i = 0; i < 5; i++) {
      after(1, Map.of(one, 1L));
    }
    assertThat(after(1, Map.of(one, 2L))).isEmpty();
    assertThat(after(1, Map.of(one, 2L))).isEmpty();
  }

  /** Nobody could beat while the database was away. */
  @Test
  void timeWithoutTheDatabaseDoesNotCount() {
    after(0, Map.of(one, 1L));
    after(1, Map.of(one, 1L));
    watch.forget();
    assertThat(after(20, Map.of(one, 1L))).isEmpty();
    for (int i = 0; i < 5; i++) {
      assertThat(after(1, Map.of(one, 1L))).isEmpty();
    }
    assertThat(after(1, Map.of(one, 1L))).containsExactly(one);
  }

  /** Who slept itself cannot say of others that they were silent. */
  @Test
  void aGapOfItsOwnCountsForLittle() {
    after(0, Map.of(one, 1L));
    assertThat(after(3600, Map.of(one, 1L))).isEmpty();
    assertThat(after(2, Map.of(one, 1L))).isEmpty();
    assertThat(after(2, Map.of(one, 1L))).containsExactly(one);
  }
}
