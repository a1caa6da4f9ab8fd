package io.penstock.engine.core;

/**
 * OpenAI's {@code service_tier}; declared best first, so that the ordinal is the scheduling class.
 */
public enum ServiceTier {
  PRIORITY,
  DEFAULT,
  FLEX,
  BATCH
}
