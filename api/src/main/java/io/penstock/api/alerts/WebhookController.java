package io.penstock.api.alerts;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.wire.Deleted;
import io.penstock.api.platform.wire.ListPage;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * Where an organization is told what happens. A secret is shown when it is made, and never again.
 */
@RestController
@RequestMapping("/v1/organization/webhooks")
class WebhookController {
  private static final String OBJECT = "organization.webhook";
  private static final int MOST_PENDING = 10;
  private static final int LONGEST_DESCRIPTION = 200;

  private final WebhookStore store;
  private final WebhookUrl urls;
  private final WebhookSecrets secrets;
  private final Outbox outbox;
  private final AuditLog audit;

  WebhookController(
      WebhookStore store, WebhookUrl urls, WebhookSecrets secrets, Outbox outbox, AuditLog audit) {
    this.store = store;
    this.urls = urls;
    this.secrets = secrets;
    this.outbox = outbox;
    this.audit = audit;
  }

  @PostMapping
  @Access(Right.MANAGE)
  Mono<WithSecret> create(@RequestBody Body body, @AuthenticationPrincipal Caller.Member caller) {
    String url = urls.parse(body.url()).toString();
    return audit
        .record(
            store
                .insert(caller.tenantId(), url, description(body, ""), events(body, Webhook.EVENTS))
                .switchIfEmpty(
                    Mono.error(
                        () ->
                            ApiException.invalid(
                                null,
                                "An organization has at most " + WebhookStore.MOST + " webhooks.")))
                .map(made -> entry("webhook.created", null, made).with(made)))
        .map(this::withSecret);
  }

  @GetMapping
  @Access(Right.VIEW)
  Mono<ListPage<View>> list(
      @RequestParam(defaultValue = ListPage.DEFAULT_LIMIT) int limit,
      @RequestParam(required = false) UUID after,
      @AuthenticationPrincipal Caller.Member caller) {
    return ListPage.of(
        limit,
        most -> store.page(caller.tenantId(), after, most).map(View::of),
        view -> view.id().toString());
  }

  @GetMapping("/{webhookId}")
  @Access(Right.VIEW)
  Mono<View> get(@PathVariable UUID webhookId, @AuthenticationPrincipal Caller.Member caller) {
    return require(caller, webhookId).map(View::of);
  }

  /** What is left out stays. */
  @PostMapping("/{webhookId}")
  @Access(Right.MANAGE)
  Mono<View> modify(
      @PathVariable UUID webhookId,
      @RequestBody Body body,
      @AuthenticationPrincipal Caller.Member caller) {
    String url = body.url() == null ? null : urls.parse(body.url()).toString();
    if (body.status() != null && !List.of("active", "disabled").contains(body.status())) {
      throw ApiException.invalid("status", "status must be active or disabled.");
    }
    return audit.record(
        require(caller, webhookId)
            .flatMap(
                old ->
                    store
                        .update(
                            new Webhook(
                                old.id(),
                                old.tenantId(),
                                url == null ? old.url() : url,
                                description(body, old.description()),
                                events(body, old.events()),
                                old.secretVersion(),
                                old.rotatedAt(),
                                body.status() == null ? old.status() : body.status(),
                                old.createdAt()))
                        .map(now -> entry("webhook.updated", old, now).with(View.of(now)))));
  }

  @DeleteMapping("/{webhookId}")
  @Access(Right.MANAGE)
  Mono<Deleted> delete(
      @PathVariable UUID webhookId, @AuthenticationPrincipal Caller.Member caller) {
    return audit.record(
        require(caller, webhookId)
            .flatMap(
                old ->
                    store
                        .delete(webhookId)
                        .thenReturn(
                            entry("webhook.deleted", old, null)
                                .with(Deleted.of(webhookId, OBJECT)))));
  }

  /** A new secret. For a day deliveries are signed by the one before too. */
  @PostMapping("/{webhookId}/rotate_secret")
  @Access(Right.MANAGE)
  Mono<WithSecret> rotate(
      @PathVariable UUID webhookId, @AuthenticationPrincipal Caller.Member caller) {
    return audit
        .record(
            require(caller, webhookId)
                .flatMap(
                    old ->
                        store
                            .rotate(webhookId)
                            .map(now -> entry("webhook.secret.rotated", old, now).with(now))))
        .map(this::withSecret);
  }

  /** Sends an event {@code webhook.test}, on the way that all events go. */
  @PostMapping("/{webhookId}/test")
  @Access(Right.MANAGE)
  @ResponseStatus(HttpStatus.ACCEPTED)
  Mono<Test> test(@PathVariable UUID webhookId, @AuthenticationPrincipal Caller.Member caller) {
    return require(caller, webhookId)
        .filter(webhook -> webhook.status().equals("active"))
        .switchIfEmpty(Mono.error(() -> ApiException.invalid(null, "The webhook is disabled.")))
        .flatMap(webhook -> outbox.test(webhook, MOST_PENDING))
        .map(event -> new Test("evt_" + event, "organization.webhook.test"))
        .switchIfEmpty(
            Mono.error(
                () ->
                    ApiException.rateLimited(
                        "requests",
                        "%d events are on their way to this webhook; wait until it has taken them."
                            .formatted(MOST_PENDING),
                        Duration.ofSeconds(5))));
  }

  /**
   * What became of its events, newest first.
   *
   * @param before number of the last event of the page before
   */
  @GetMapping("/{webhookId}/deliveries")
  @Access(Right.VIEW)
  Mono<ListPage<DeliveryView>> deliveries(
      @PathVariable UUID webhookId,
      @RequestParam(defaultValue = ListPage.DEFAULT_LIMIT) int limit,
      @RequestParam(defaultValue = "9223372036854775807") long before,
      @AuthenticationPrincipal Caller.Member caller) {
    return require(caller, webhookId)
        .flatMap(
            _ ->
                ListPage.of(
                    limit,
                    most -> store.deliveries(webhookId, before, most).map(DeliveryView::of),
                    view -> view.id().substring("evt_".length())));
  }

  private Mono<Webhook> require(Caller.Member caller, UUID id) {
    return store
        .find(caller.tenantId(), id)
        .switchIfEmpty(
            Mono.error(
                () ->
                    ApiException.notFound(
                        "webhook_not_found", null, "There is no webhook " + id + ".")));
  }

  private static String description(Body body, String otherwise) {
    String text = body.description();
    if (text != null && text.length() > LONGEST_DESCRIPTION) {
      throw ApiException.invalid(
          "description", "description must have at most " + LONGEST_DESCRIPTION + " characters.");
    }
    return text == null ? otherwise : text.replaceAll("\\p{Cntrl}", " ");
  }

  private static List<String> events(Body body, List<String> otherwise) {
    if (body.events() == null) {
      return otherwise;
    }
    List<String> events = body.events().stream().distinct().toList();
    if (events.isEmpty() || !Webhook.EVENTS.containsAll(events)) {
      throw ApiException.invalid(
          "events", "events must be of " + String.join(", ", Webhook.EVENTS) + ".");
    }
    return events;
  }

  private static AuditEntry entry(String action, Webhook before, Webhook after) {
    Webhook any = after == null ? before : after;
    return new AuditEntry(
        any.tenantId(),
        null,
        action,
        any.id(),
        before == null ? null : View.of(before),
        after == null ? null : View.of(after));
  }

  private WithSecret withSecret(Webhook webhook) {
    View view = View.of(webhook);
    return new WithSecret(
        view.id(),
        view.object(),
        view.url(),
        view.description(),
        view.events(),
        view.status(),
        view.createdAt(),
        secrets.text(webhook.id(), webhook.secretVersion()));
  }

  /**
   * @param url HTTPS, on the public internet
   * @param events of budget.alert, invoice.created; all by default
   * @param status active or disabled
   */
  record Body(String url, String description, List<String> events, String status) {}

  record View(
      UUID id,
      String object,
      String url,
      String description,
      List<String> events,
      String status,
      long createdAt) {
    static View of(Webhook webhook) {
      return new View(
          webhook.id(),
          OBJECT,
          webhook.url(),
          webhook.description(),
          webhook.events(),
          webhook.status(),
          webhook.createdAt().getEpochSecond());
    }
  }

  /**
   * @param secret with which deliveries are signed
   */
  record WithSecret(
      UUID id,
      String object,
      String url,
      String description,
      List<String> events,
      String status,
      long createdAt,
      String secret) {}

  record Test(String id, String object) {}

  /**
   * @param status pending, delivered or failed
   * @param nextAttemptAt seconds since 1970; null when there is none
   */
  record DeliveryView(
      String id,
      String object,
      String type,
      long createdAt,
      String status,
      int attempts,
      Long nextAttemptAt,
      Integer lastStatus,
      String lastError) {
    static DeliveryView of(WebhookStore.Delivery delivery) {
      boolean pending = delivery.deliveredAt() == null && delivery.givenUpAt() == null;
      return new DeliveryView(
          "evt_" + delivery.event(),
          "organization.webhook.delivery",
          delivery.kind(),
          delivery.createdAt().getEpochSecond(),
          pending ? "pending" : delivery.deliveredAt() != null ? "delivered" : "failed",
          delivery.attempts(),
          pending ? delivery.dueAt().getEpochSecond() : null,
          delivery.lastStatus(),
          delivery.lastError());
    }
  }
}
