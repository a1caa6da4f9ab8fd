package io.penstock.api.quota.limits;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.gateway.limits.LimitSetting;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import io.swagger.v3.oas.annotations.Operation;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * Limits of every kind on plans, organizations, projects and keys, for the operator. A change
 * counts for whatever is admitted after its answer, on every server.
 */
@RestController
@Access(Right.OPERATOR)
class LimitAdminController {
  private static final int MOST_OF_MODELS = 500;

  private final LimitStore limits;
  private final AuditLog audit;

  LimitAdminController(LimitStore limits, AuditLog audit) {
    this.limits = limits;
    this.audit = audit;
  }

  @GetMapping("/admin/limits")
  Mono<Limits> list(@RequestParam String scope, @RequestParam("scope_id") String scopeId) {
    LimitScope where = LimitBody.scope(scope);
    return limits
        .of(where, LimitBody.id(where, scopeId))
        .map(LimitBody::of)
        .collectList()
        .map(Limits::new);
  }

  /** For the catalogue of models: which of them are limited, for whom. */
  @GetMapping("/admin/limits/models")
  @Operation(summary = "Limits on single models, wherever they are set")
  Mono<OfModels> ofModels() {
    return limits
        .ofModels(MOST_OF_MODELS + 1)
        .collectList()
        .map(
            all ->
                new OfModels(
                    all.size() > MOST_OF_MODELS ? all.subList(0, MOST_OF_MODELS) : all,
                    all.size() > MOST_OF_MODELS));
  }

  /** Sets one limit; one of the same scope, model and kind is replaced. */
  @PutMapping("/admin/limits")
  Mono<LimitBody> set(@RequestBody LimitBody body) {
    LimitSetting limit = body.toLimit();
    return limits
        .exists(limit.scope(), limit.scopeId())
        .flatMap(
            exists ->
                exists
                    ? audit.record(
                        before(limit.scope(), limit.scopeId(), limit.model(), limit.kind())
                            .flatMap(
                                before ->
                                    limits
                                        .set(List.of(limit))
                                        .thenReturn(
                                            entry("limit.set", limit, before, LimitBody.of(limit))
                                                .with(LimitBody.of(limit)))))
                    : Mono.error(nobody(limit.scope(), limit.scopeId())));
  }

  /** What the plan says counts again, if it says anything. */
  @DeleteMapping("/admin/limits")
  Mono<LimitBody> remove(
      @RequestParam String scope,
      @RequestParam("scope_id") String scopeId,
      @RequestParam(defaultValue = "") String model,
      @RequestParam String kind) {
    LimitScope where = LimitBody.scope(scope);
    String id = LimitBody.id(where, scopeId);
    LimitKind what = LimitBody.kind(kind);
    return audit.record(
        before(where, id, model, what)
            .flatMap(
                before ->
                    before.isEmpty()
                        ? Mono.error(
                            ApiException.notFound(
                                "limit_not_found", "kind", "There is no such limit."))
                        : limits
                            .remove(where, id, model, what)
                            .thenReturn(
                                entry("limit.removed", before.get().toLimit(), before, null)
                                    .with(before.get()))));
  }

  private Mono<Optional<LimitBody>> before(
      LimitScope scope, String id, String model, LimitKind kind) {
    return limits
        .of(scope, id)
        .filter(limit -> limit.kind() == kind && limit.model().equals(model))
        .map(LimitBody::of)
        .next()
        .singleOptional();
  }

  private static AuditEntry entry(
      String action, LimitSetting limit, Optional<LimitBody> before, LimitBody after) {
    boolean organization = limit.scope() == LimitScope.ORGANIZATION;
    boolean project = limit.scope() == LimitScope.PROJECT;
    return new AuditEntry(
        organization ? UUID.fromString(limit.scopeId()) : null,
        project ? UUID.fromString(limit.scopeId()) : null,
        action,
        limit.scopeId(),
        before.orElse(null),
        after);
  }

  private static ApiException nobody(LimitScope scope, String id) {
    return ApiException.notFound(
        "scope_not_found", "scope_id", "There is no %s '%s'.".formatted(scope.text(), id));
  }

  record Limits(List<LimitBody> data) {}

  record OfModels(List<LimitStore.ModelLimit> data, boolean hasMore) {}
}
