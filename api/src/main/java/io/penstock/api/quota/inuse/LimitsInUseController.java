package io.penstock.api.quota.inuse;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.swagger.v3.oas.annotations.Operation;
import java.time.Instant;
import java.util.List;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** An organization's limits, how much of each is used, and which would be reached first. */
@RestController
class LimitsInUseController {
  private final LimitsInUse limits;

  LimitsInUseController(LimitsInUse limits) {
    this.limits = limits;
  }

  /** Limits on the organization as a whole; those of projects and keys are in their own lists. */
  @GetMapping("/v1/organization/limits")
  @Access(Right.VIEW)
  @Operation(summary = "Limits of the organization and what is used of them")
  Mono<View> list(@AuthenticationPrincipal Caller.Member caller) {
    return limits
        .of(caller.tenantId(), caller.timeZone())
        .map(all -> new View(Instant.now(), caller.timeZone().getId(), all));
  }

  /**
   * @param timeZone whose days and months count
   */
  record View(Instant at, String timeZone, List<LimitInUse> data) {}
}
