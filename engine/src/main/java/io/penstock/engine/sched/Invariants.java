package io.penstock.engine.sched;

/** Checks that tests ask for. */
final class Invariants {
  private Invariants() {}

  static void require(boolean holds, String message, Object... arguments) {
    if (!holds) {
      throw new IllegalStateException(message.formatted(arguments));
    }
  }
}
