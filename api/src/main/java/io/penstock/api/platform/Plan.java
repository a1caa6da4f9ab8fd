package io.penstock.api.platform;

import io.penstock.engine.core.ServiceTier;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a tenant may ask for, and how the machine is shared between it and others. The columns of
 * its table are explained in the migration.
 *
 * @param tiers tiers that requests may name
 * @param autoTier the one that {@code auto} takes; one of {@code tiers}, not batch
 * @param weight share of a tier beside other tenants that wait, relative to theirs
 * @param cacheGroup plans with the same group share cached prefixes among all their tenants; null
 *     to keep each tenant's to itself
 * @param maxQueuedRequests requests of a tenant that may wait in a tier; 0 for the server's bound
 * @param maxQueuedTokens tokens, prompt and most output, that may wait in a tier; 0 for no bound
 * @param maxOutputTokensPerMinute tokens that may be generated for a tenant in a minute; 0 for no
 *     bound
 */
public record Plan(
    String name,
    Set<ServiceTier> tiers,
    ServiceTier autoTier,
    double weight,
    String cacheGroup,
    int maxQueuedRequests,
    long maxQueuedTokens,
    long maxOutputTokensPerMinute) {

  /** The plan of tenants that nobody put on another. */
  public static final String STANDARD = "standard";

  public Plan {
    tiers = Collections.unmodifiableSet(EnumSet.copyOf(tiers));
  }
}
