package io.penstock.api.gateway.limits;

/**
 * A limit as it was set.
 *
 * @param scopeId name of a plan, or id of an organization, project or key
 * @param model the model that it is about; empty for all of them together
 * @param value in the kind's unit
 * @param partial a request that wants more than is left gets what is left, and its answer ends
 *     there; otherwise it is refused
 */
public record LimitSetting(
    LimitScope scope, String scopeId, String model, LimitKind kind, long value, boolean partial) {}
