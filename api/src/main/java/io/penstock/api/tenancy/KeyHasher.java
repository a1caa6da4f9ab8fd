package io.penstock.api.tenancy;

import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.database.DataDirectory;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.stereotype.Component;

/**
 * HMAC-SHA-256 of keys under a pepper that is not in the database: who reads the table can neither
 * use a key nor try guesses at a preset one. A slow password hash would add nothing for 256-bit
 * random secrets and cost every request its time.
 */
@Component
class KeyHasher {
  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec pepper;

  KeyHasher(PenstockProperties properties) {
    String secret =
        properties.keyPepper() != null
            ? properties.keyPepper()
            : DataDirectory.secret(properties.dataDirectory(), "key-pepper");
    this.pepper = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM);
  }

  byte[] hash(ApiKey key) {
    return mac("key:" + key.text());
  }

  boolean matches(ApiKey key, byte[] hash) {
    return MessageDigest.isEqual(hash(key), hash);
  }

  /** Finds preset keys, which carry no public id; says nothing about the key without the pepper. */
  String publicIdOf(String key) {
    return "preset" + HexFormat.of().formatHex(mac("id:" + key), 0, 8);
  }

  private byte[] mac(String text) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(pepper);
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}
