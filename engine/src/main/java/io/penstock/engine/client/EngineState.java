package io.penstock.engine.client;

/**
 * Whether an engine takes requests.
 *
 * @param ready whether it does
 * @param reason why not, for a person; empty when ready
 */
public record EngineState(boolean ready, String reason) {
  public static final EngineState READY = new EngineState(true, "");
}
