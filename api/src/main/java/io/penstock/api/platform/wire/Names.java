package io.penstock.api.platform.wire;

import io.penstock.api.platform.error.ApiException;

/** Names that people give to things. */
public final class Names {
  private static final int LONGEST = 100;

  private Names() {}

  /**
   * Without blanks around it.
   *
   * @param param field that has it
   * @throws ApiException 400 when there is none, or one that is too long or has control characters
   */
  public static String require(String param, String value) {
    String name = value == null ? "" : value.strip();
    if (name.isEmpty()
        || name.length() > LONGEST
        || name.codePoints().anyMatch(c -> Character.isISOControl(c) || isHalfOfAPair(c))) {
      throw ApiException.invalid(
          param, param + " must have 1 to " + LONGEST + " characters and no control characters.");
    }
    return name;
  }

  private static boolean isHalfOfAPair(int codePoint) {
    return codePoint <= Character.MAX_VALUE && Character.isSurrogate((char) codePoint);
  }
}
