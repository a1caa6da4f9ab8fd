package io.penstock.api.quota.inuse;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.quota.limits.LimitPlaces;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** An organization's limits, how much of each is used, and which would be reached first. */
@RestController
class LimitsInUseController {
  private static final int MOST_TENANTS = 100;

  private final LimitsInUse limits;
  private final NextLimits next;
  private final LimitPlaces places;

  LimitsInUseController(LimitsInUse limits, NextLimits next, LimitPlaces places) {
    this.limits = limits;
    this.next = next;
    this.places = places;
  }

  @GetMapping("/v1/organization/limits")
  @Access(Right.VIEW)
  @Operation(
      summary = "Limits that count for requests of the organization, a project or a key, in use")
  Mono<View> list(
      @Parameter(description = "With the limits of this project")
          @RequestParam(name = "project_id", required = false)
          UUID projectId,
      @Parameter(description = "With the limits of this key and its project")
          @RequestParam(name = "api_key_id", required = false)
          UUID keyId,
      @AuthenticationPrincipal Caller.Member caller) {
    if (projectId != null && keyId != null) {
      return Mono.error(
          ApiException.invalid("project_id", "Give project_id or api_key_id, not both."));
    }
    UUID tenant = caller.tenantId();
    Mono<List<LimitInUse>> found =
        keyId != null
            ? places
                .projectOfKey(tenant, keyId)
                .flatMap(project -> limits.of(tenant, project, keyId, caller.timeZone()))
            : projectId != null
                ? places
                    .requireProject(tenant, projectId)
                    .flatMap(project -> limits.of(tenant, project, null, caller.timeZone()))
                : limits.of(tenant, null, null, caller.timeZone());
    return found.map(all -> new View(Instant.now(), caller.timeZone().getId(), all));
  }

  /** For the list of tenants: whose limit is reached next. */
  @GetMapping("/admin/limits/next")
  @Access(Right.OPERATOR)
  @Operation(summary = "The limit of each of some organizations that is reached next")
  Mono<NextOfAll> next(@RequestParam(name = "tenant_id", defaultValue = "") List<UUID> ids) {
    if (ids.size() > MOST_TENANTS) {
      return Mono.error(
          ApiException.invalid(
              "tenant_id", "tenant_id may be given %d times.".formatted(MOST_TENANTS)));
    }
    if (ids.stream().anyMatch(Objects::isNull)) { // what is blank becomes null
      return Mono.error(ApiException.invalid("tenant_id", "tenant_id must be an id, not blank."));
    }
    return next.of(ids).map(NextOfAll::new);
  }

  /**
   * @param data those of which something is limited and used
   */
  record NextOfAll(List<NextLimits.Next> data) {}

  /**
   * @param timeZone whose days and months count
   */
  record View(Instant at, String timeZone, List<LimitInUse> data) {}
}
