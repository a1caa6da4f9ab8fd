package io.penstock.api.gateway.settlement;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import java.time.LocalDate;
import java.util.UUID;

/**
 * How a day's or month's budget changed by settlements, or that it has refused a request.
 *
 * @param scope organization, project or key
 * @param model empty when the budget is for all models
 * @param windowStart first day of the window in the organization's time zone
 * @param before used before
 * @param after used now; not counting what running requests hold
 * @param refused whether a request did not fit; told at most once a second
 */
public record BudgetUse(
    UUID tenantId,
    LimitScope scope,
    UUID scopeId,
    String model,
    LimitKind kind,
    LocalDate windowStart,
    long limit,
    long before,
    long after,
    boolean refused) {}
