package io.penstock.api.alerts;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sends one event to one webhook: signed, with a new connection, without following redirects and
 * without reading what the receiver says beyond its status.
 */
@Component
class WebhookSender {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration OVERLAP = Duration.ofDays(1);

  private final WebhookUrl urls;
  private final WebhookSecrets secrets;
  private final JsonMapper json;
  private final HttpPost post;

  WebhookSender(WebhookUrl urls, WebhookSecrets secrets, JsonMapper json) {
    this.urls = urls;
    this.secrets = secrets;
    this.json = json;
    this.post =
        new HttpPost(address -> urls.privateNetworks() || PublicAddress.is(address), PATIENCE);
  }

  /** What a receiver is sent. */
  private record Event(String id, String object, long createdAt, String type, Object data) {}

  /**
   * @return the status of the receiver's answer
   */
  Mono<Integer> send(Outbox.Delivery delivery) {
    return Mono.fromCallable(
            () -> {
              URI url = urls.parse(delivery.webhook().url()); // the rules may have changed since
              String body =
                  json.writeValueAsString(
                      new Event(
                          delivery.id(),
                          "event",
                          delivery.happened().getEpochSecond(),
                          delivery.kind(),
                          json.readTree(delivery.payload())));
              long now = Instant.now().getEpochSecond();
              return post.send(
                  url,
                  Map.of(
                      "content-type", "application/json",
                      "user-agent", "Penstock-Webhooks",
                      "webhook-id", delivery.id(),
                      "webhook-timestamp", Long.toString(now),
                      "webhook-signature", signature(delivery, now, body)),
                  body.getBytes(StandardCharsets.UTF_8));
            })
        .subscribeOn(Schedulers.boundedElastic());
  }

  private String signature(Outbox.Delivery delivery, long now, String body) {
    Webhook webhook = delivery.webhook();
    String signature =
        secrets.signature(webhook.id(), webhook.secretVersion(), delivery.id(), now, body);
    boolean both =
        webhook.rotatedAt() != null && webhook.rotatedAt().plus(OVERLAP).isAfter(Instant.now());
    return both
        ? signature
            + " "
            + secrets.signature(webhook.id(), webhook.secretVersion() - 1, delivery.id(), now, body)
        : signature;
  }
}
