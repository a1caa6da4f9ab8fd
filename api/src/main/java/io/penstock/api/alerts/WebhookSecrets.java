package io.penstock.api.alerts;

import io.penstock.api.platform.PenstockProperties;
import io.penstock.api.platform.database.DataDirectory;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.stereotype.Component;

/**
 * Secrets with which webhooks are signed. A secret is HMAC-SHA-256 of the webhook's id and its
 * secret's version under the server's pepper: 256 bits that are kept nowhere. Who reads the
 * database cannot sign; who has the pepper could make keys anyway.
 *
 * <p>Signatures are those of the Standard Webhooks specification, which OpenAI's clients verify.
 */
@Component
class WebhookSecrets {
  private static final String ALGORITHM = "HmacSHA256";
  private static final String PREFIX = "whsec_";

  private final SecretKeySpec pepper;

  WebhookSecrets(PenstockProperties properties) {
    String secret =
        properties.keyPepper() != null
            ? properties.keyPepper()
            : DataDirectory.secret(properties.dataDirectory(), "key-pepper");
    this.pepper = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM);
  }

  /** As the receiver is told it, once. */
  String text(UUID webhook, int version) {
    return PREFIX + Base64.getEncoder().encodeToString(secret(webhook, version));
  }

  /**
   * Value of the header {@code webhook-signature} for one version of the secret.
   *
   * @param id of the event, the header {@code webhook-id}
   * @param timestamp seconds since 1970, the header {@code webhook-timestamp}
   */
  String signature(UUID webhook, int version, String id, long timestamp, String body) {
    byte[] signed = "%s.%d.%s".formatted(id, timestamp, body).getBytes(StandardCharsets.UTF_8);
    return "v1,"
        + Base64.getEncoder()
            .encodeToString(mac(new SecretKeySpec(secret(webhook, version), ALGORITHM), signed));
  }

  private byte[] secret(UUID webhook, int version) {
    String what = "webhook:" + webhook + ":" + version;
    return mac(pepper, what.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] mac(SecretKeySpec key, byte[] bytes) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac.doFinal(bytes);
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}
