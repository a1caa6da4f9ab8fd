package io.penstock.engine.core;

/**
 * What a tenant's plan says to the scheduler. Travels with each request, so an engine needs no
 * table of tenants.
 *
 * @param weight its share of the machine beside others of the same tier, relative to theirs; a
 *     tenant of weight 2 gets twice what one of weight 1 gets while both wait
 * @param cacheGroup tenants that name the same group share cached prefixes; null for nobody but the
 *     tenant itself, so that no other learns from a request's time what it asked
 * @param maxQueuedRequests requests of it that may wait in a tier; 0 for the scheduler's bound
 * @param maxQueuedTokens tokens, prompt and most output, that may wait in a tier; 0 for no bound
 */
public record TenantTerms(
    double weight, String cacheGroup, int maxQueuedRequests, long maxQueuedTokens) {
  public static final double MIN_WEIGHT = 1.0 / 64;
  public static final double MAX_WEIGHT = 64;

  /** One tenant among equals, with a cache of its own. */
  public static final TenantTerms DEFAULT = new TenantTerms(1, null, 0, 0);

  public TenantTerms {
    if (!(weight >= MIN_WEIGHT && weight <= MAX_WEIGHT)) {
      throw new IllegalArgumentException(
          "a tenant's weight must be between 1/64 and 64, not " + weight);
    }
    if (maxQueuedRequests < 0 || maxQueuedTokens < 0) {
      throw new IllegalArgumentException("a tenant's queue cannot have a negative bound");
    }
  }
}
