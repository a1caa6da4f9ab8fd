package io.penstock.api.gateway;

/**
 * Takes texts of requests whose organization wants them kept, if there is anybody who keeps them.
 */
public interface TranscriptPort {

  /** Must come back at once: it is called by the engine's thread. */
  void keep(Transcript transcript);
}
