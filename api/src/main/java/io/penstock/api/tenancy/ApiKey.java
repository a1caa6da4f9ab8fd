package io.penstock.api.tenancy;

import io.penstock.api.platform.access.Secrets;
import java.security.SecureRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of a key: {@code sk-penstock-PUBLICID-SECRET}, where the public id finds the key's row
 * and the secret is 256 random bits in base64url. {@link #toString} never shows the secret.
 */
final class ApiKey {
  private static final Pattern FORMAT =
      Pattern.compile("sk-penstock-(?:admin-)?([a-z0-9]{12})-[A-Za-z0-9_-]{43}");
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
  private static final SecureRandom RANDOM = new SecureRandom();

  private final String text;
  private final String publicId;

  private ApiKey(String text, String publicId) {
    this.text = text;
    this.publicId = publicId;
  }

  static ApiKey generate(boolean admin) {
    StringBuilder publicId = new StringBuilder();
    for (int i = 0; i < 12; i++) {
      publicId.append(ALPHABET.charAt(RANDOM.nextInt(ALPHABET.length())));
    }
    String text = "sk-penstock-%s%s-%s".formatted(admin ? "admin-" : "", publicId, Secrets.next());
    return new ApiKey(text, publicId.toString());
  }

  /** A key in our format, or one that an operator preset in any form. */
  static ApiKey of(String text, KeyHasher hasher) {
    Matcher matcher = FORMAT.matcher(text);
    return new ApiKey(text, matcher.matches() ? matcher.group(1) : hasher.publicIdOf(text));
  }

  String text() {
    return text;
  }

  String publicId() {
    return publicId;
  }

  /** How a key is shown once it has been handed out. */
  static String redacted(String publicId) {
    return "sk-penstock-..." + publicId.substring(publicId.length() - 4);
  }

  @Override
  public String toString() {
    return redacted(publicId);
  }
}
