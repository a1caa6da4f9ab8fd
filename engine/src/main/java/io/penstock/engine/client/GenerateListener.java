package io.penstock.engine.client;

/** Receives a request's events, in order, on an engine thread. Must not block. */
@FunctionalInterface
public interface GenerateListener {
  void onEvent(GenerateEvent event);

  /**
   * For people who watch: a step with a part of a choice's prompt was planned, or the choice is
   * back from a pause. All of them come with the choice's end too, in {@link ChoiceStats#steps}.
   *
   * @param choice index below {@code n}, or that of an input
   */
  default void onStep(int choice, ChoiceStep step) {}
}
