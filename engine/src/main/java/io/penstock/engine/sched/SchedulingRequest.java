package io.penstock.engine.sched;

import io.penstock.engine.core.ServiceTier;

/**
 * What the scheduler knows of a request.
 *
 * @param id unique while it runs
 * @param tenant whose request it is
 * @param tier scheduling class
 * @param priority order within the class, lower first
 * @param promptTokens at least one id
 * @param maxTokens most tokens to generate, for each choice
 * @param n choices
 */
public record SchedulingRequest(
    String id,
    String tenant,
    ServiceTier tier,
    int priority,
    int[] promptTokens,
    int maxTokens,
    int n) {}
