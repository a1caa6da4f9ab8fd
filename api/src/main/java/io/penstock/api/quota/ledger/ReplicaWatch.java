package io.penstock.api.quota.ledger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Tells which servers are dead: those whose beat was seen not to change for long enough. Judged by
 * the observer's own clock, and only over time in which it did observe: while the database was away
 * nobody could beat, and what slept itself has seen nothing.
 */
final class ReplicaWatch {
  /** Three beats. */
  static final Duration SILENCE = Duration.ofSeconds(6);

  /** What counts of the time between two observations, at most. */
  private static final long LONGEST_GAP = Duration.ofSeconds(2).toNanos();

  private Map<UUID, Seen> seen = new HashMap<>();
  private long last;

  /** A beat, and for how long it was seen unchanged. */
  private record Seen(long beat, long silentNanos) {}

  /**
   * Takes notice of all others that are not fenced.
   *
   * @param now monotonic
   * @return those that are dead
   */
  List<UUID> observe(Map<UUID, Long> beats, long now) {
    long gap = Math.min(now - last, LONGEST_GAP);
    last = now;
    List<UUID> dead = new ArrayList<>();
    Map<UUID, Seen> next = new HashMap<>();
    beats.forEach(
        (id, beat) -> {
          Seen before = seen.get(id);
          long silent = before == null || before.beat != beat ? 0 : before.silentNanos + gap;
          next.put(id, new Seen(beat, silent));
          if (silent >= SILENCE.toNanos()) {
            dead.add(id);
          }
        });
    seen = next;
    return dead;
  }

  /** The database was away: everybody gets a new chance. */
  void forget() {
    seen = new HashMap<>();
  }
}
