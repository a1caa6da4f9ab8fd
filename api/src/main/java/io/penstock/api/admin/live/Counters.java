package io.penstock.api.admin.live;

import io.penstock.api.gateway.EngineFigures;
import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ModelStatus;
import io.penstock.api.gateway.live.LiveFigures;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * All counters at a moment; two of them make rates.
 *
 * @param nanos of the monotonic clock
 */
record Counters(
    long nanos,
    LiveFigures.Count count,
    Map<UUID, LiveFigures.TenantCount> tenants,
    Map<String, EngineFigures> models) {

  static Counters read(LiveFigures figures, ModelRegistry registry) {
    Map<UUID, LiveFigures.TenantCount> tenants = new HashMap<>();
    figures.tenants().forEach(tenant -> tenants.put(tenant.id(), tenant));
    Map<String, EngineFigures> models = new HashMap<>();
    for (ModelStatus status : registry.all()) {
      if (status.model() != null) {
        models.put(status.id(), status.model().figures());
      }
    }
    return new Counters(System.nanoTime(), figures.count(), tenants, models);
  }

  double secondsSince(Counters before) {
    return Math.max(1e-3, (nanos - before.nanos) / 1e9);
  }

  long refused() {
    return tenants.values().stream().mapToLong(LiveFigures.TenantCount::refused).sum();
  }

  long requests() {
    return tenants.values().stream().mapToLong(LiveFigures.TenantCount::requests).sum();
  }

  /** Counters of a model that was loaded anew begin at zero again. */
  static double grown(double now, double before) {
    return now < before ? now : now - before;
  }
}
