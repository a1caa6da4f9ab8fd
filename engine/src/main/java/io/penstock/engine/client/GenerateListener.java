package io.penstock.engine.client;

/** Receives a request's events, in order, on an engine thread. Must not block. */
@FunctionalInterface
public interface GenerateListener {
  void onEvent(GenerateEvent event);
}
