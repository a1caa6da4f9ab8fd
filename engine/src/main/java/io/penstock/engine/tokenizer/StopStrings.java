package io.penstock.engine.tokenizer;

import java.util.List;

/**
 * Looks for stop strings in a text that arrives in pieces. Text that may still turn out to be the
 * beginning of a stop string is held back; it is always shorter than the longest one. Not safe for
 * use by several threads.
 *
 * <p>The stop string that ends first wins; of those that end together, the longest.
 */
public final class StopStrings {
  private final List<String> stops;
  private final boolean include;
  private final StringBuilder held = new StringBuilder();
  private String matched;

  /**
   * @param stops none empty
   * @param include whether the matched string stays in the text
   */
  public StopStrings(List<String> stops, boolean include) {
    for (String stop : stops) {
      if (stop.isEmpty()) {
        throw new IllegalArgumentException("a stop string must not be empty");
      }
    }
    this.stops = List.copyOf(stops);
    this.include = include;
  }

  /**
   * The text that this piece makes certain. After a match it ends before (or, where included,
   * after) the stop string, and all later calls give nothing.
   */
  public String add(String piece) {
    if (matched != null) {
      return "";
    }
    if (stops.isEmpty()) {
      return piece;
    }
    int seen = held.length();
    held.append(piece);
    for (int end = seen + 1; end <= held.length(); end++) {
      String stop = endingAt(end);
      if (stop != null) {
        matched = stop;
        String text = held.substring(0, include ? end : end - stop.length());
        held.setLength(0);
        return text;
      }
    }
    int keep = longestBeginning();
    String text = held.substring(0, held.length() - keep);
    held.delete(0, held.length() - keep);
    return text;
  }

  /** At the end of generation: what was held back, as no stop string can complete any more. */
  public String flush() {
    String rest = held.toString();
    held.setLength(0);
    return rest;
  }

  /** The stop string that was found, or null. */
  public String matched() {
    return matched;
  }

  private String endingAt(int end) {
    String best = null;
    for (String stop : stops) {
      int start = end - stop.length();
      if (start >= 0
          && begins(stop, start, stop.length())
          && (best == null || stop.length() > best.length())) {
        best = stop;
      }
    }
    return best;
  }

  /** Length of the longest end of the held text that begins a stop string. */
  private int longestBeginning() {
    int longest = 0;
    for (String stop : stops) {
      for (int n = Math.min(stop.length() - 1, held.length()); n > longest; n--) {
        if (begins(stop, held.length() - n, n)) {
          longest = n;
        }
      }
    }
    return longest;
  }

  /** Whether the first n characters of the stop string are at this place of the held text. */
  private boolean begins(String stop, int start, int n) {
    for (int i = 0; i < n; i++) {
      if (held.charAt(start + i) != stop.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
