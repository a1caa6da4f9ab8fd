package io.penstock.api.quota.ledger;

import io.penstock.api.gateway.limits.LimitScope;
import java.util.UUID;

/**
 * What a counter counts.
 *
 * @param scope organization, project or key
 * @param model empty for all models together
 */
record Subject(LimitScope scope, UUID id, String model) {}
