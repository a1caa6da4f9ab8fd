package io.penstock.engine.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The hub's two hashes: SHA-256 of large files, git's SHA-1 of {@code "blob SIZE\0" + content}. */
final class Checksum {
  private static final int BUFFER_BYTES = 1 << 20;

  private Checksum() {}

  /** Whether a file has the hash that an etag is; true for etags that are not hashes. */
  static boolean matches(Path file, String etag) throws IOException {
    if (etag == null || !etag.matches("[0-9a-f]{40}|[0-9a-f]{64}")) {
      return true;
    }
    MessageDigest digest = digest(etag.length() == 64 ? "SHA-256" : "SHA-1");
    if (etag.length() == 40) {
      digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.US_ASCII));
    }
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest()).equals(etag);
  }

  /** A name for a blob whose etag is no file name. */
  static String nameOf(String text) {
    return HexFormat.of()
        .formatHex(digest("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + algorithm, e);
    }
  }
}
