package io.penstock.api.quota.ledger;

import io.penstock.api.quota.window.Counter;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Copies of known counters, to be changed and then written if they still are what is believed. */
final class Believed implements CounterView {
  private final Map<Long, Counter> all = new HashMap<>();
  private final Instant time;

  /**
   * @param known has all of the counters
   */
  Believed(KnownCounters known, Collection<Long> ids, Instant time) {
    ids.forEach(id -> all.put(id, known.copy(id)));
    this.time = time;
  }

  @Override
  public Counter[] counters(long[] ids) {
    Counter[] found = new Counter[ids.length];
    for (int i = 0; i < ids.length; i++) {
      found[i] = all.get(ids[i]);
    }
    return found;
  }

  @Override
  public Instant time() {
    return time;
  }
}
