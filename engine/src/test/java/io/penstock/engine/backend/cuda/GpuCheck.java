package io.penstock.engine.backend.cuda;

import java.util.Locale;

/**
 * One thing to try on a GPU.
 *
 * @param name what must hold, as a sentence
 * @param body throws when it does not hold; returns what was found, for a person
 */
record GpuCheck(String name, Body body) {

  @FunctionalInterface
  interface Body {
    String run() throws Exception;
  }

  static void require(boolean condition, String otherwise, Object... values) {
    if (!condition) {
      throw new AssertionError(otherwise.formatted(values));
    }
  }

  static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /** Runs what must fail, and returns how it did. */
  static <E extends Exception> E failure(Class<E> type, Runnable body) {
    try {
      body.run();
    } catch (RuntimeException e) {
      if (type.isInstance(e)) {
        return type.cast(e);
      }
      throw e;
    }
    throw new AssertionError("no " + type.getSimpleName() + " was thrown");
  }
}
