package io.penstock.api.platform;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import org.springframework.web.server.ServerWebExchange;

/**
 * What every request has.
 *
 * @param requestId ours, in the header, every log line and the usage row
 * @param receivedAt wall clock
 * @param startNanos monotonic clock
 */
public record RequestContext(String requestId, Instant receivedAt, long startNanos) {
  private static final String ATTRIBUTE = RequestContext.class.getName();
  private static final SecureRandom RANDOM = new SecureRandom();

  /** The request's context, made at the first call. */
  public static RequestContext of(ServerWebExchange exchange) {
    return (RequestContext)
        exchange
            .getAttributes()
            .computeIfAbsent(
                ATTRIBUTE,
                _ -> new RequestContext("req_" + randomHex(16), Instant.now(), System.nanoTime()));
  }

  public long elapsedMillis() {
    return (System.nanoTime() - startNanos) / 1_000_000;
  }

  /** Random lower-case hexadecimal digits, two for each byte. */
  public static String randomHex(int bytes) {
    byte[] random = new byte[bytes];
    RANDOM.nextBytes(random);
    return HexFormat.of().formatHex(random);
  }
}
