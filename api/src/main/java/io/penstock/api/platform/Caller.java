package io.penstock.api.platform;

import java.util.UUID;

/** Who a request is from, proven by its key. */
public sealed interface Caller {
  /** Id of the key that was shown. */
  UUID keyId();

  /**
   * An application of a tenant.
   *
   * @param tenantName short name, in headers and metrics
   * @param plan what it may ask for; as it was when the key was shown
   */
  record Tenant(UUID tenantId, String tenantName, UUID keyId, Plan plan) implements Caller {}

  /** The operator. */
  record Admin(UUID keyId) implements Caller {}
}
