package io.penstock.api.alerts;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sends one event to one webhook: signed, with a new connection, without following redirects and
 * without reading what the receiver says beyond its status.
 */
@Component
class WebhookSender {
  static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration OVERLAP = Duration.ofDays(1);
  private static final int CONNECT_MILLIS = 5000;

  private final WebhookUrl urls;
  private final WebhookSecrets secrets;
  private final JsonMapper json;
  private final HttpClient http;

  WebhookSender(WebhookUrl urls, WebhookSecrets secrets, JsonMapper json) {
    this.urls = urls;
    this.secrets = secrets;
    this.json = json;
    HttpClient client =
        HttpClient.create(ConnectionProvider.newConnection())
            .followRedirect(false)
            .disableRetry(true)
            .responseTimeout(PATIENCE)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS);
    this.http = urls.privateNetworks() ? client : client.resolver(new PublicResolver());
  }

  /** What a receiver is sent. */
  private record Event(String id, String object, long createdAt, String type, Object data) {}

  /**
   * @return the status of the receiver's answer
   */
  Mono<Integer> send(Outbox.Delivery delivery) {
    return Mono.defer(
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
              return http.headers(headers -> sign(headers, delivery, now, body))
                  .post()
                  .uri(url)
                  .send(
                      Mono.fromSupplier(() -> Unpooled.copiedBuffer(body, StandardCharsets.UTF_8)))
                  .response()
                  .map(response -> response.status().code());
            })
        .timeout(PATIENCE);
  }

  private void sign(HttpHeaders headers, Outbox.Delivery delivery, long now, String body) {
    Webhook webhook = delivery.webhook();
    String signature =
        secrets.signature(webhook.id(), webhook.secretVersion(), delivery.id(), now, body);
    if (webhook.rotatedAt() != null && webhook.rotatedAt().plus(OVERLAP).isAfter(Instant.now())) {
      signature +=
          " "
              + secrets.signature(
                  webhook.id(), webhook.secretVersion() - 1, delivery.id(), now, body);
    }
    headers
        .set("content-type", "application/json")
        .set("user-agent", "Penstock-Webhooks")
        .set("webhook-id", delivery.id())
        .set("webhook-timestamp", Long.toString(now))
        .set("webhook-signature", signature);
  }
}
