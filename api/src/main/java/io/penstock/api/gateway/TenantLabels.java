package io.penstock.api.gateway;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tenants as values of a metric's label. Every value is a time series that is kept for ever, so
 * only so many tenants get one of their own, the first that are served; the rest count together.
 */
final class TenantLabels {
  /** No tenant can have this name: names have no underscores. */
  static final String OTHERS = "_others";

  private final int most;
  private final Map<String, String> own = new ConcurrentHashMap<>();

  /**
   * @param most tenants with a label of their own; 0 for none
   */
  TenantLabels(int most) {
    this.most = most;
  }

  String of(String tenant) {
    String label = own.get(tenant);
    if (label != null) {
      return label;
    }
    synchronized (this) {
      if (own.size() < most) {
        own.put(tenant, tenant);
      }
      return own.getOrDefault(tenant, OTHERS);
    }
  }
}
