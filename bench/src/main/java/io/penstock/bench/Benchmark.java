package io.penstock.bench;

/** A program that measures some of what the project promises. */
public interface Benchmark {

  /** The NAME of {@code ./penstock bench NAME}. */
  String name();

  /** One line for the list of names. */
  String description();

  /**
   * Measures now, adding rows as they become known.
   *
   * @throws Exception when it cannot measure; nothing is reported in place of a figure
   */
  void run(Report report) throws Exception;
}
