package io.penstock.api.quota.limits;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.gateway.limits.LimitSetting;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import io.swagger.v3.oas.annotations.Operation;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * Limits of every kind that an organization sets on its own projects and keys. They hold beside the
 * organization's own, which the operator sets and these cannot lift.
 */
@RestController
@RequestMapping("/v1/organization/limits/settings")
class OwnLimitController {
  private final LimitStore limits;
  private final LimitPlaces places;
  private final AuditLog audit;

  OwnLimitController(LimitStore limits, LimitPlaces places, AuditLog audit) {
    this.limits = limits;
    this.places = places;
    this.audit = audit;
  }

  /**
   * Where a limit stands.
   *
   * @param projectId of the key, when it is a key's
   */
  private record Place(LimitScope scope, UUID id, UUID projectId) {}

  @GetMapping
  @Access(Right.VIEW)
  @Operation(summary = "Limits that are set on a project or a key")
  Mono<Limits> list(
      @RequestParam(name = "project_id", required = false) UUID projectId,
      @RequestParam(name = "api_key_id", required = false) UUID keyId,
      @AuthenticationPrincipal Caller.Member caller) {
    return place(caller, projectId, keyId)
        .flatMapMany(place -> limits.of(place.scope(), place.id().toString()))
        .map(LimitBody::of)
        .collectList()
        .map(Limits::new);
  }

  /** One of the same model and kind is replaced. */
  @PutMapping
  @Access(Right.MANAGE)
  @Operation(summary = "Sets a limit on a project or a key")
  Mono<LimitBody> set(@RequestBody OwnLimit body, @AuthenticationPrincipal Caller.Member caller) {
    return audit.record(
        place(caller, body.projectId(), body.apiKeyId())
            .flatMap(
                place -> {
                  LimitSetting limit = body.on(place.scope(), place.id());
                  return before(limit)
                      .flatMap(
                          before ->
                              limits
                                  .set(List.of(limit))
                                  .thenReturn(
                                      entry(caller, place, "limit.set", before, limit)
                                          .with(LimitBody.of(limit))));
                }));
  }

  /** What the plan says counts again, if it says anything. */
  @DeleteMapping
  @Access(Right.MANAGE)
  @Operation(summary = "Removes a limit from a project or a key")
  Mono<LimitBody> remove(
      @RequestParam(name = "project_id", required = false) UUID projectId,
      @RequestParam(name = "api_key_id", required = false) UUID keyId,
      @RequestParam(defaultValue = "") String model,
      @RequestParam String kind,
      @AuthenticationPrincipal Caller.Member caller) {
    LimitKind what = LimitBody.kind(kind);
    return audit.record(
        place(caller, projectId, keyId)
            .flatMap(
                place ->
                    before(
                            new LimitSetting(
                                place.scope(), place.id().toString(), model, what, 0, false))
                        .flatMap(Mono::justOrEmpty)
                        .switchIfEmpty(Mono.error(OwnLimitController::none))
                        .flatMap(
                            was ->
                                limits
                                    .remove(place.scope(), place.id().toString(), model, what)
                                    .thenReturn(
                                        entry(
                                                caller,
                                                place,
                                                "limit.removed",
                                                Optional.of(was),
                                                null)
                                            .with(was)))));
  }

  private Mono<Place> place(Caller.Member caller, UUID projectId, UUID keyId) {
    if ((projectId == null) == (keyId == null)) {
      return Mono.error(
          ApiException.invalid("project_id", "Give one of project_id and api_key_id."));
    }
    return keyId == null
        ? places
            .requireProject(caller.tenantId(), projectId)
            .map(project -> new Place(LimitScope.PROJECT, project, project))
        : places
            .projectOfKey(caller.tenantId(), keyId)
            .map(project -> new Place(LimitScope.KEY, keyId, project));
  }

  private Mono<Optional<LimitBody>> before(LimitSetting limit) {
    return limits
        .of(limit.scope(), limit.scopeId())
        .filter(is -> is.kind() == limit.kind() && is.model().equals(limit.model()))
        .map(LimitBody::of)
        .next()
        .singleOptional();
  }

  private static AuditEntry entry(
      Caller.Member caller,
      Place place,
      String action,
      Optional<LimitBody> before,
      LimitSetting after) {
    return new AuditEntry(
        caller.tenantId(),
        place.projectId(),
        action,
        place.id(),
        before.orElse(null),
        after == null ? null : LimitBody.of(after));
  }

  private static ApiException none() {
    return ApiException.notFound("limit_not_found", "kind", "There is no such limit.");
  }

  /**
   * One of {@code projectId} and {@code apiKeyId} says where.
   *
   * @param model left out or empty for all models together
   * @param kind such as {@code tokens_per_minute}; all but credit
   * @param value in the kind's unit; spending in micro-units of the currency
   * @param partial whether an answer may begin with less than it asks for, and end where that is
   *     used up; false when left out
   */
  record OwnLimit(
      UUID projectId, UUID apiKeyId, String model, String kind, Long value, Boolean partial) {
    LimitSetting on(LimitScope scope, UUID id) {
      return new LimitBody(scope.text(), id.toString(), model, kind, value, partial).toLimit();
    }
  }

  record Limits(List<LimitBody> data) {}
}
