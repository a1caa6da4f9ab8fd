package io.penstock.engine.boot;

/** Told how far a model has been loaded; called from the loading thread. */
@FunctionalInterface
public interface LoadProgress {
  LoadProgress NONE = (stage, done, total) -> {};

  /**
   * @param stage such as {@code weights} or {@code warm-up}
   * @param done units done
   * @param total units in all
   */
  void at(String stage, long done, long total);
}
