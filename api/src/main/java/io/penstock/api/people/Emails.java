package io.penstock.api.people;

import io.penstock.api.platform.error.ApiException;
import java.util.Locale;

/** E-mail addresses as they are kept: without blanks around them, in lower case. */
final class Emails {
  private static final int LONGEST = 254;

  private Emails() {}

  /**
   * @throws ApiException 400 when it is none
   */
  static String require(String param, String value) {
    String email = value == null ? "" : value.strip().toLowerCase(Locale.ROOT);
    if (email.length() > LONGEST
        || !email.matches(
            "[\\p{L}\\p{N}.!#$%&'*+/=?^_`{|}~-]+@[\\p{L}\\p{N}-]+(\\.[\\p{L}\\p{N}-]+)*")) {
      throw ApiException.invalid(param, param + " must be an e-mail address.");
    }
    return email;
  }
}
