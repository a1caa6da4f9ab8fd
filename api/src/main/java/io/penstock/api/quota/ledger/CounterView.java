package io.penstock.api.quota.ledger;

import io.penstock.api.quota.window.Counter;
import java.time.Instant;

/** Counters as they are, or are believed to be, at a moment. */
interface CounterView {

  /** The counters of those ids, in their order. */
  Counter[] counters(long[] ids);

  /** The moment, by the database's clock. */
  Instant time();
}
