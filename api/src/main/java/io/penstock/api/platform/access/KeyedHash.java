package io.penstock.api.platform.access;

import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.database.DataDirectory;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.stereotype.Component;

/**
 * HMAC-SHA-256 under a pepper that is not in the database: who reads the tables can neither use
 * what was hashed nor try guesses at it. A slow password hash would add nothing for secrets of 256
 * random bits and cost every request its time.
 */
@Component
public final class KeyedHash {
  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec pepper;

  KeyedHash(PenstockProperties properties) {
    String secret =
        properties.keyPepper() != null
            ? properties.keyPepper()
            : DataDirectory.secret(properties.dataDirectory(), "key-pepper");
    this.pepper = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM);
  }

  /**
   * 32 bytes.
   *
   * @param purpose keeps hashes of the same text for different uses apart
   */
  public byte[] of(String purpose, String text) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(pepper);
      return mac.doFinal((purpose + ":" + text).getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }

  /** In a time that does not tell where they differ. */
  public boolean matches(String purpose, String text, byte[] hash) {
    return MessageDigest.isEqual(of(purpose, text), hash);
  }
}
