package io.penstock.engine.nullmodel;

import io.penstock.engine.core.ModelLoadException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * A model location that names no files: {@code null:}, or with options {@code
 * null:?tokens-per-second=50&output-tokens=200}.
 *
 * @param tokensPerSecond of each stream; 0 for as fast as the host can
 * @param outputTokens after which an answer ends by itself, its end token included, unless a
 *     request says {@code ignore_eos} or wants more at least
 */
public record NullModel(int tokensPerSecond, int outputTokens) {
  /** What a location of this kind begins with. */
  public static final String SCHEME = "null:";

  static final int DEFAULT_OUTPUT_TOKENS = 128;
  private static final String RATE = "tokens-per-second";
  private static final String LENGTH = "output-tokens";
  private static final int FASTEST = 100_000;

  /** Whether a location names a model that is not there. */
  public static boolean isAt(Path location) {
    return location.toString().startsWith(SCHEME);
  }

  /**
   * @throws ModelLoadException when an option is unknown or out of range
   */
  public static NullModel at(Path location) {
    String options = location.toString().substring(SCHEME.length());
    if (!options.isEmpty() && !options.startsWith("?")) {
      throw wrong(location, "options begin with '?'");
    }
    int rate = 0;
    int length = DEFAULT_OUTPUT_TOKENS;
    for (String option : options.replaceFirst("^\\?", "").split("&")) {
      int equals = option.indexOf('=');
      String name = equals < 0 ? option : option.substring(0, equals);
      String value = equals < 0 ? "" : option.substring(equals + 1);
      switch (name) {
        case "" -> {}
        case RATE -> rate = number(location, RATE, value, n -> n >= 0 && n <= FASTEST);
        case LENGTH -> length = number(location, LENGTH, value, n -> n >= 1);
        default -> throw wrong(location, "there is no option '" + name + "'");
      }
    }
    return new NullModel(rate, length);
  }

  private static int number(Path location, String name, String value, IntPredicate allowed) {
    try {
      int number = Integer.parseInt(value);
      if (allowed.test(number)) {
        return number;
      }
    } catch (NumberFormatException _) {
      // the same answer as for a number out of range
    }
    throw wrong(
        location,
        "%s must be %s, not '%s'"
            .formatted(
                name,
                Map.of(RATE, "0 (no pause) to " + FASTEST, LENGTH, "at least 1").get(name),
                value));
  }

  private static ModelLoadException wrong(Path location, String what) {
    return new ModelLoadException(
        "'%s': %s; write null: or null:?%s=50&%s=200".formatted(location, what, RATE, LENGTH));
  }

  /** From one token of a stream to the next. */
  Duration step() {
    return tokensPerSecond == 0 ? Duration.ZERO : Duration.ofSeconds(1).dividedBy(tokensPerSecond);
  }
}
