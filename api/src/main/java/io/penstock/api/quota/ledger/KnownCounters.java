package io.penstock.api.quota.ledger;

import io.penstock.api.quota.window.Counter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Counters as our last transactions left them. What others have written meanwhile is found out when
 * a row is written; of counters that others write too nothing is believed for a second after. Not
 * thread-safe.
 */
final class KnownCounters {
  /** Each takes about two kilobytes. */
  private static final int MOST = 2000;

  private static final long SHARED_NANOS = Duration.ofSeconds(1).toNanos();

  private final Map<Long, Known> known =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Known> eldest) {
          return size() > MOST;
        }
      };

  /**
   * @param sharedUntil others write it too; not to be believed before
   */
  private record Known(Counter counter, long sharedUntil) {}

  /** Whether these can be believed. */
  boolean has(long[] ids, long now) {
    return Arrays.stream(ids).allMatch(id -> has(id, now));
  }

  /** Whether these can be believed. */
  boolean has(Collection<Long> ids, long now) {
    return ids.stream().allMatch(id -> has(id, now));
  }

  private boolean has(long id, long now) {
    Known found = known.get(id);
    return found != null && found.sharedUntil - now <= 0;
  }

  /** A copy of one that is there. */
  Counter copy(long id) {
    return known.get(id).counter.copy();
  }

  /**
   * A transaction has left it like this.
   *
   * @param readState by which the state was known that the transaction found
   */
  void learn(Counter counter, long readState, long now) {
    Known before = known.get(counter.id());
    boolean shared = before != null && before.counter.state() != readState;
    long until = shared ? now + SHARED_NANOS : before == null ? now : before.sharedUntil;
    known.put(counter.id(), new Known(counter, until));
  }

  /** Ours were what they were believed to be, and are like this now. */
  void wrote(List<Counter> counters, long now) {
    for (Counter counter : counters) {
      Known before = known.get(counter.id());
      known.put(counter.id(), new Known(counter, before == null ? now : before.sharedUntil));
    }
  }

  /** Nobody knows what has become of them. */
  void forget() {
    known.clear();
  }
}
