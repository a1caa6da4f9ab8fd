package io.penstock.api.quota.limits;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import io.swagger.v3.oas.annotations.Operation;
import java.time.LocalDate;
import java.util.UUID;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** What a limit that is about to be set would have meant in the last days. */
@RestController
class LimitEffectController {
  private static final long MOST = 1_000_000_000_000_000L;

  private final LimitEffectStore store;
  private final LimitPlaces places;

  LimitEffectController(LimitEffectStore store, LimitPlaces places) {
    this.store = store;
    this.places = places;
  }

  /**
   * @param projectId for a limit on a project, as {@code keyId} for one on a key; neither for one
   *     on the organization
   * @param kind of those that are counted by minute, day or month
   */
  @GetMapping("/v1/organization/limits/effect")
  @Access(Right.VIEW)
  @Operation(summary = "How often a limit would have been met in the last 7 days")
  Mono<LimitEffect> effect(
      @RequestParam(name = "project_id", required = false) UUID projectId,
      @RequestParam(name = "api_key_id", required = false) UUID keyId,
      @RequestParam(defaultValue = "") String model,
      @RequestParam String kind,
      @RequestParam long value,
      @AuthenticationPrincipal Caller.Member caller) {
    if (projectId != null && keyId != null) {
      throw ApiException.invalid("project_id", "Give at most one of project_id and api_key_id.");
    }
    LimitKind what = LimitBody.kind(kind);
    if (!LimitEffect.isKnown(what)) {
      throw ApiException.invalid(
          "kind", "kind must be counted by minute, day or month; sums say nothing of others.");
    }
    if (value < 0 || value > MOST) {
      throw ApiException.invalid("value", "value must be between 0 and " + MOST + ".");
    }
    String of = LimitBody.model(model);
    LocalDate today = LocalDate.now(caller.timeZone());
    LimitScope scope =
        keyId != null
            ? LimitScope.KEY
            : projectId != null ? LimitScope.PROJECT : LimitScope.ORGANIZATION;
    return place(caller.tenantId(), projectId, keyId)
        .flatMap(id -> store.uses(caller.tenantId(), scope, id, of, what, caller.timeZone(), today))
        .map(uses -> LimitEffect.of(what, value, uses, today));
  }

  private Mono<UUID> place(UUID tenantId, UUID projectId, UUID keyId) {
    if (keyId != null) {
      return places.projectOfKey(tenantId, keyId).thenReturn(keyId);
    }
    return projectId == null ? Mono.just(tenantId) : places.requireProject(tenantId, projectId);
  }
}
