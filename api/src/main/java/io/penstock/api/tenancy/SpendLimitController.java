package io.penstock.api.tenancy;

import io.penstock.api.gateway.limits.LimitKind;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.gateway.limits.LimitSetting;
import io.penstock.api.gateway.limits.LimitSettings;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.wire.Deleted;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * What a project may spend in a calendar month of the organization's time zone. What the
 * organization may spend is the operator's to set; it can be read here.
 */
@RestController
class SpendLimitController {
  private static final String PATH = "/v1/organization/projects/{projectId}/spend_limit";
  private static final String OF_PROJECT = "project.spend_limit";
  private static final long MICRO_UNITS_A_CENT = 10_000;
  private static final long MOST_CENTS = Long.MAX_VALUE / MICRO_UNITS_A_CENT;

  private final Projects projects;
  private final LimitSettings limits;
  private final AuditLog audit;

  SpendLimitController(Projects projects, LimitSettings limits, AuditLog audit) {
    this.projects = projects;
    this.limits = limits;
    this.audit = audit;
  }

  @GetMapping(PATH)
  @Access(Right.VIEW)
  Mono<SpendLimit> get(
      @PathVariable UUID projectId, @AuthenticationPrincipal Caller.Member caller) {
    return projects
        .require(caller, projectId)
        .then(found(LimitScope.PROJECT, projectId))
        .map(cents -> cents.map(c -> SpendLimit.of(OF_PROJECT, c)))
        .flatMap(Mono::justOrEmpty)
        .switchIfEmpty(Mono.error(SpendLimitController::none));
  }

  @GetMapping("/v1/organization/spend_limit")
  @Access(Right.VIEW)
  Mono<SpendLimit> ofOrganization(@AuthenticationPrincipal Caller.Member caller) {
    return found(LimitScope.ORGANIZATION, caller.tenantId())
        .map(cents -> cents.map(c -> SpendLimit.of("organization.spend_limit", c)))
        .flatMap(Mono::justOrEmpty)
        .switchIfEmpty(Mono.error(SpendLimitController::none));
  }

  @PostMapping(PATH)
  @Access(Right.MANAGE)
  Mono<SpendLimit> set(
      @PathVariable UUID projectId,
      @RequestBody NewSpendLimit body,
      @AuthenticationPrincipal Caller.Member caller) {
    long cents = body.cents();
    LimitSetting limit =
        new LimitSetting(
            LimitScope.PROJECT,
            projectId.toString(),
            "",
            LimitKind.SPEND_PER_MONTH,
            cents * MICRO_UNITS_A_CENT,
            false);
    return audit.record(
        projects
            .toChange(caller, projectId)
            .then(found(LimitScope.PROJECT, projectId))
            .flatMap(
                before ->
                    limits
                        .set(List.of(limit))
                        .thenReturn(
                            entry(caller, projectId, before, Optional.of(cents))
                                .with(SpendLimit.of(OF_PROJECT, cents)))));
  }

  @DeleteMapping(PATH)
  @Access(Right.MANAGE)
  Mono<Deleted> delete(
      @PathVariable UUID projectId, @AuthenticationPrincipal Caller.Member caller) {
    return audit.record(
        projects
            .toChange(caller, projectId)
            .then(found(LimitScope.PROJECT, projectId))
            .filter(Optional::isPresent)
            .switchIfEmpty(Mono.error(SpendLimitController::none))
            .flatMap(
                before ->
                    limits
                        .remove(
                            LimitScope.PROJECT, projectId.toString(), "", LimitKind.SPEND_PER_MONTH)
                        .thenReturn(
                            entry(caller, projectId, before, Optional.empty())
                                .with(Deleted.of(projectId, OF_PROJECT)))));
  }

  private Mono<Optional<Long>> found(LimitScope scope, UUID id) {
    return limits
        .of(scope, id.toString())
        .filter(l -> l.kind() == LimitKind.SPEND_PER_MONTH && l.model().isEmpty())
        .map(l -> l.value() / MICRO_UNITS_A_CENT)
        .next()
        .singleOptional();
  }

  private static AuditEntry entry(
      Caller.Member caller, UUID projectId, Optional<Long> before, Optional<Long> after) {
    return new AuditEntry(
        caller.tenantId(),
        projectId,
        after.isPresent() ? "project.spend_limit.updated" : "project.spend_limit.deleted",
        projectId,
        before.map(cents -> SpendLimit.of(OF_PROJECT, cents)).orElse(null),
        after.map(cents -> SpendLimit.of(OF_PROJECT, cents)).orElse(null));
  }

  private static ApiException none() {
    return ApiException.notFound("spend_limit_not_found", null, "There is no spend limit.");
  }

  /**
   * @param thresholdAmount cents
   * @param currency null or USD
   * @param interval null or month
   */
  record NewSpendLimit(Long thresholdAmount, String currency, String interval) {
    long cents() {
      if (thresholdAmount == null || thresholdAmount < 0 || thresholdAmount > MOST_CENTS) {
        throw ApiException.invalid(
            "threshold_amount",
            "threshold_amount must be in cents, between 0 and " + MOST_CENTS + ".");
      }
      if (currency != null && !currency.equalsIgnoreCase(SpendLimit.CURRENCY)) {
        throw ApiException.invalid("currency", "currency must be USD.");
      }
      if (interval != null && !interval.equals(SpendLimit.INTERVAL)) {
        throw ApiException.invalid("interval", "interval must be month.");
      }
      return thresholdAmount;
    }
  }

  /**
   * @param thresholdAmount cents
   */
  record SpendLimit(
      String object,
      long thresholdAmount,
      String currency,
      String interval,
      Enforcement enforcement) {
    static final String CURRENCY = "USD";
    static final String INTERVAL = "month";

    static SpendLimit of(String object, long cents) {
      return new SpendLimit(object, cents, CURRENCY, INTERVAL, new Enforcement("enforcing"));
    }
  }

  /**
   * @param status enforcing: requests beyond it are refused
   */
  record Enforcement(String status) {}
}
