package io.penstock.api.alerts;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.wire.Deleted;
import io.penstock.api.platform.wire.ListPage;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * At which shares of its budgets an organization is told by webhook, once for each day or month.
 * OpenAI's alerts are at amounts and go by e-mail; these are at percents of the limit that counts.
 */
@RestController
class SpendAlertController {
  private static final String ORGANIZATION = "/v1/organization/spend_alerts";
  private static final String PROJECT = "/v1/organization/projects/{projectId}/spend_alerts";
  private static final Set<LimitKind> KINDS =
      EnumSet.of(
          LimitKind.REQUESTS_PER_DAY,
          LimitKind.TOKENS_PER_DAY,
          LimitKind.TOKENS_PER_MONTH,
          LimitKind.SPEND_PER_DAY,
          LimitKind.SPEND_PER_MONTH);
  private static final int LONGEST_MODEL = 200;

  private final AlertStore store;
  private final AuditLog audit;

  SpendAlertController(AlertStore store, AuditLog audit) {
    this.store = store;
    this.audit = audit;
  }

  /** Of the organization's budget, or of a key's when {@code api_key_id} says so. */
  @PostMapping(ORGANIZATION)
  @Access(Right.MANAGE)
  Mono<View> create(@RequestBody Body body, @AuthenticationPrincipal Caller.Member caller) {
    return body.apiKeyId() == null
        ? insert(caller, "organization", caller.tenantId(), body)
        : store
            .ownsKey(caller.tenantId(), body.apiKeyId())
            .flatMap(
                own ->
                    own
                        ? insert(caller, "key", body.apiKeyId(), body)
                        : Mono.error(notFound("API key", body.apiKeyId())));
  }

  @PostMapping(PROJECT)
  @Access(Right.MANAGE)
  Mono<View> createOfProject(
      @PathVariable UUID projectId,
      @RequestBody Body body,
      @AuthenticationPrincipal Caller.Member caller) {
    return requireProject(caller, projectId)
        .then(
            Mono.defer(
                () -> {
                  if (body.apiKeyId() != null) {
                    throw ApiException.invalid(
                        "api_key_id", "An alert is a project's or a key's; POST " + ORGANIZATION);
                  }
                  return insert(caller, "project", projectId, body);
                }));
  }

  private Mono<View> insert(Caller.Member caller, String scope, UUID id, Body body) {
    LimitKind kind = kind(body.kind());
    String model = body.model() == null ? "" : body.model();
    if (model.length() > LONGEST_MODEL) {
      throw ApiException.invalid("model", "model is too long.");
    }
    if (body.thresholdPercent() == null
        || body.thresholdPercent() < 1
        || body.thresholdPercent() > 100) {
      throw ApiException.invalid(
          "threshold_percent", "threshold_percent must be a whole number from 1 to 100.");
    }
    return audit.record(
        store
            .insert(caller.tenantId(), scope, id, model, kind.text(), body.thresholdPercent())
            .switchIfEmpty(
                Mono.error(
                    () ->
                        ApiException.invalid(
                            null, "An organization has at most " + AlertStore.MOST + " alerts.")))
            .map(made -> entry("spend_alert.created", null, made).with(View.of(made))));
  }

  private static LimitKind kind(String text) {
    return LimitKind.byText(text == null ? LimitKind.SPEND_PER_MONTH.text() : text)
        .filter(KINDS::contains)
        .orElseThrow(
            () ->
                ApiException.invalid(
                    "kind",
                    "kind must be one of "
                        + String.join(", ", KINDS.stream().map(LimitKind::text).toList())
                        + "."));
  }

  /** All of the organization's, those of projects and keys too. */
  @GetMapping(ORGANIZATION)
  @Access(Right.VIEW)
  Mono<ListPage<View>> list(
      @RequestParam(defaultValue = ListPage.DEFAULT_LIMIT) int limit,
      @RequestParam(required = false) UUID after,
      @AuthenticationPrincipal Caller.Member caller) {
    return page(caller, null, limit, after);
  }

  @GetMapping(PROJECT)
  @Access(Right.VIEW)
  Mono<ListPage<View>> listOfProject(
      @PathVariable UUID projectId,
      @RequestParam(defaultValue = ListPage.DEFAULT_LIMIT) int limit,
      @RequestParam(required = false) UUID after,
      @AuthenticationPrincipal Caller.Member caller) {
    return requireProject(caller, projectId)
        .then(Mono.defer(() -> page(caller, projectId, limit, after)));
  }

  private Mono<ListPage<View>> page(Caller.Member caller, UUID project, int limit, UUID after) {
    return ListPage.of(
        limit,
        most -> store.page(caller.tenantId(), project, after, most).map(View::of),
        view -> view.id().toString());
  }

  @DeleteMapping(ORGANIZATION + "/{alertId}")
  @Access(Right.MANAGE)
  Mono<Deleted> delete(@PathVariable UUID alertId, @AuthenticationPrincipal Caller.Member caller) {
    return audit.record(
        store
            .find(caller.tenantId(), alertId)
            .switchIfEmpty(Mono.error(() -> notFound("alert", alertId)))
            .flatMap(
                old ->
                    store
                        .delete(alertId)
                        .thenReturn(
                            entry("spend_alert.deleted", old, null)
                                .with(Deleted.of(alertId, View.object(old))))));
  }

  private Mono<Void> requireProject(Caller.Member caller, UUID project) {
    return store
        .ownsProject(caller.tenantId(), project)
        .flatMap(own -> own ? Mono.empty() : Mono.error(notFound("project", project)));
  }

  private static ApiException notFound(String what, UUID id) {
    return ApiException.notFound("not_found", null, "There is no " + what + " " + id + ".");
  }

  private static AuditEntry entry(String action, AlertStore.Alert before, AlertStore.Alert after) {
    AlertStore.Alert any = after == null ? before : after;
    return new AuditEntry(
        any.tenantId(),
        any.scope().equals("project") ? UUID.fromString(any.scopeId()) : null,
        action,
        any.id(),
        before == null ? null : View.of(before),
        after == null ? null : View.of(after));
  }

  /**
   * @param kind of the limit: spend_per_month by default
   * @param thresholdPercent of the limit; 100 also tells that a request did not fit any more
   * @param model of a limit that is one model's; null for the one of all
   * @param apiKeyId of a key's limit
   */
  record Body(String kind, Integer thresholdPercent, String model, UUID apiKeyId) {}

  record View(
      UUID id,
      String object,
      String kind,
      int thresholdPercent,
      String interval,
      String model,
      UUID projectId,
      UUID apiKeyId,
      Channel notificationChannel,
      long createdAt) {
    static View of(AlertStore.Alert alert) {
      return new View(
          alert.id(),
          object(alert),
          alert.kind(),
          alert.share(),
          alert.kind().substring(alert.kind().lastIndexOf('_') + 1),
          alert.model().isEmpty() ? null : alert.model(),
          alert.scope().equals("project") ? UUID.fromString(alert.scopeId()) : null,
          alert.scope().equals("key") ? UUID.fromString(alert.scopeId()) : null,
          new Channel("webhook"),
          alert.createdAt().getEpochSecond());
    }

    static String object(AlertStore.Alert alert) {
      return (alert.scope().equals("project") ? "project" : "organization") + ".spend_alert";
    }
  }

  /** How it is told: to the organization's webhooks. */
  record Channel(String type) {}
}
