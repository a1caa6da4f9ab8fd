package io.penstock.api.tenancy;

import io.penstock.api.platform.access.KeyedHash;
import java.util.HexFormat;
import org.springframework.stereotype.Component;

/** Hashes of keys, as they stand in the table. */
@Component
class KeyHasher {
  private final KeyedHash hash;

  KeyHasher(KeyedHash hash) {
    this.hash = hash;
  }

  byte[] hash(ApiKey key) {
    return hash.of("key", key.text());
  }

  boolean matches(ApiKey key, byte[] stored) {
    return hash.matches("key", key.text(), stored);
  }

  /** Finds preset keys, which carry no public id; says nothing about the key without the pepper. */
  String publicIdOf(String key) {
    return "preset" + HexFormat.of().formatHex(hash.of("id", key), 0, 8);
  }
}
