package io.penstock.engine.backend;

/** Told how far something has come. */
@FunctionalInterface
public interface Progress {
  /**
   * @param done units done
   * @param total units in all
   */
  void at(long done, long total);
}
