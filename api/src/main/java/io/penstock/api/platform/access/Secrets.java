package io.penstock.api.platform.access;

import java.security.SecureRandom;
import java.util.Base64;

/** Secrets that cannot be guessed. */
public final class Secrets {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int BYTES = 32;

  private Secrets() {}

  /** 256 random bits in base64url: 43 characters. */
  public static String next() {
    byte[] secret = new byte[BYTES];
    RANDOM.nextBytes(secret);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
  }
}
