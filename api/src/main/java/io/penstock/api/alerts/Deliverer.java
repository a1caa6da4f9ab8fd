package io.penstock.api.alerts;

import io.penstock.api.platform.PeriodicTask;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/**
 * Delivers what is in the outbox, at least once, on whichever server comes first. A receiver that
 * fails is tried again later and later, for about a day and a half; then the event is given up. It
 * is bounded in every way: what is on its way at a time, how long each may take, how often it is
 * tried.
 */
@Component
class Deliverer extends PeriodicTask {
  private static final Logger LOG = LoggerFactory.getLogger(Deliverer.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final Duration LEASE = Duration.ofSeconds(60);
  private static final int AT_ONCE = 16;
  private static final double JITTER = 0.2;

  /** From an attempt that failed to the next one. */
  private static final List<Duration> WAITS =
      List.of(
          Duration.ofSeconds(5),
          Duration.ofSeconds(30),
          Duration.ofMinutes(2),
          Duration.ofMinutes(10),
          Duration.ofMinutes(30),
          Duration.ofHours(2),
          Duration.ofHours(6),
          Duration.ofHours(12),
          Duration.ofHours(16));

  private final Outbox outbox;
  private final WebhookSender sender;

  Deliverer(Outbox outbox, WebhookSender sender) {
    super(INTERVAL);
    this.outbox = outbox;
    this.sender = sender;
  }

  /** As long as there is something due, at most a little at a time. */
  @Override
  protected Mono<?> run() {
    return outbox
        .take(AT_ONCE, LEASE)
        .flatMap(delivery -> deliver(delivery).thenReturn(1L), AT_ONCE)
        .count();
  }

  private Mono<Void> deliver(Outbox.Delivery delivery) {
    return sender
        .send(delivery)
        .flatMap(
            status ->
                status / 100 == 2
                    ? outbox.delivered(delivery, status)
                    : recordFailure(delivery, status, "HTTP " + status))
        .onErrorResume(e -> recordFailure(delivery, null, reason(e)))
        .doOnError(e -> LOG.debug("the end of a delivery is not written", e))
        .onErrorComplete(); // its lease ends
  }

  private Mono<Void> recordFailure(Outbox.Delivery delivery, Integer status, String error) {
    Duration next = after(delivery.attempt(), ThreadLocalRandom.current().nextDouble(-1, 1));
    if (next == null) {
      LOG.warn(
          "Event {} is given up for webhook {}: {}", delivery.id(), delivery.webhook().id(), error);
    }
    return outbox.failed(delivery, status, error, next);
  }

  /**
   * @param attempt that failed, from 1
   * @param random from -1 to 1
   * @return how long until the next; null when there is none
   */
  static Duration after(int attempt, double random) {
    return attempt > WAITS.size()
        ? null
        : Duration.ofMillis(Math.round(WAITS.get(attempt - 1).toMillis() * (1 + JITTER * random)));
  }

  /** For the tenant to read: the kind of failure, nothing of this server's network. */
  private static String reason(Throwable e) {
    return switch (e) {
      case java.net.SocketTimeoutException _ -> "no answer in time";
      case java.net.UnknownHostException _ -> "the host has no public address";
      case javax.net.ssl.SSLException _ -> "no trusted TLS connection";
      case java.io.IOException _ -> "no connection";
      case io.penstock.api.platform.error.ApiException refused -> refused.getMessage();
      default -> "not sent";
    };
  }

  @Override
  protected void failed(Throwable error) {
    LOG.debug("deliveries wait", error);
  }
}
