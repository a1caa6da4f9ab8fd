package io.penstock.api.quota.admission;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;

/**
 * A limit that counts for a request.
 *
 * @param scope organization, project or key
 * @param model empty when it is on all models together
 * @param partial a smaller output is granted where the wanted one does not fit
 * @param counter which of the request's counters it is on
 */
public record Bound(
    LimitScope scope, String model, LimitKind kind, long value, boolean partial, int counter) {}
