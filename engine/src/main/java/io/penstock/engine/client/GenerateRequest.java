package io.penstock.engine.client;

import io.penstock.engine.core.SamplingParams;
import io.penstock.engine.core.ServiceTier;

/**
 * One request to generate.
 *
 * @param id unique while it runs; also in every log line and accounting row
 * @param tenant whose tokens these are: the scheduler shares the machine by it
 * @param tier scheduling class
 * @param priority order within a tier, lower first, as in vLLM
 * @param promptTokens token ids, at least one
 * @param sampling how tokens are chosen and when to stop
 */
public record GenerateRequest(
    String id,
    String tenant,
    ServiceTier tier,
    int priority,
    int[] promptTokens,
    SamplingParams sampling) {}
