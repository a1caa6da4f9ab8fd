package io.penstock.api.gateway.live;

import java.util.UUID;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** What one tenant was served since this server started; counters only grow. */
final class TenantFigures {
  final UUID id;
  final String name;
  final LongAdder requests = new LongAdder();
  final LongAdder tokens = new LongAdder();
  final LongAdder refused = new LongAdder();
  volatile double weight = 1;
  final DoubleAdder computeNanos = new DoubleAdder();

  TenantFigures(UUID id, String name) {
    this.id = id;
    this.name = name;
  }
}
