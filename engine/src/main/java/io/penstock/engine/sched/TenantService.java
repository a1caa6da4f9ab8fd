package io.penstock.engine.sched;

/**
 * One tenant in one tier.
 *
 * @param service weighted tokens that it was served
 * @param waiting requests that wait for their first step
 */
public record TenantService(String tenant, double weight, double service, int waiting) {}
