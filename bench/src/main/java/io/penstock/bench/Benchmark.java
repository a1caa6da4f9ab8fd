package io.penstock.bench;

import java.util.List;
import java.util.Set;

/** A program that measures some of what the project promises. */
public interface Benchmark {

  /** The NAME of {@code ./penstock bench NAME}. */
  String name();

  /** One line for the list of names. */
  String description();

  /**
   * Reads what stands behind the name; a benchmark without options refuses everything.
   *
   * @throws IllegalArgumentException with what is wrong, for a person
   */
  default Options options(List<String> arguments) {
    Options options = Options.parse(arguments, Set.of(), Set.of());
    if (!options.words().isEmpty()) {
      throw new IllegalArgumentException("unexpected '" + options.words().getFirst() + "'");
    }
    return options;
  }

  /**
   * Measures now, adding rows as they become known.
   *
   * @throws Exception when it cannot measure; nothing is reported in place of a figure
   */
  void run(Options options, Report report) throws Exception;
}
