package io.penstock.api.tenancy;

import io.penstock.api.gateway.ModelRegistry;
import io.penstock.api.gateway.ModelStatus;
import io.penstock.api.gateway.limits.LimitScope;
import io.penstock.api.gateway.limits.LimitSetting;
import io.penstock.api.gateway.limits.LimitSettings;
import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.wire.ListPage;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Rate limits of a project, by model. They hold beside the organization's, which they cannot lift.
 */
@RestController
@RequestMapping("/v1/organization/projects/{projectId}/rate_limits")
class RateLimitController {
  private final Projects projects;
  private final LimitSettings limits;
  private final ModelRegistry models;
  private final AuditLog audit;

  RateLimitController(
      Projects projects, LimitSettings limits, ModelRegistry models, AuditLog audit) {
    this.projects = projects;
    this.limits = limits;
    this.models = models;
    this.audit = audit;
  }

  /**
   * One entry for all models together, and one for each model that is served or has a limit.
   *
   * @param after id of the last entry of the page before
   */
  @GetMapping
  @Access(Right.VIEW)
  Mono<ListPage<RateLimits>> list(
      @PathVariable UUID projectId,
      @RequestParam(defaultValue = ListPage.DEFAULT_LIMIT) int limit,
      @RequestParam(required = false) String after,
      @AuthenticationPrincipal Caller.Member caller) {
    String last = after == null ? "" : RateLimits.modelOf(after);
    return projects
        .require(caller, projectId)
        .then(settings(projectId))
        .flatMap(
            all ->
                ListPage.of(
                    limit,
                    most ->
                        Flux.fromIterable(modelsOf(all).tailSet(last, false))
                            .take(most)
                            .map(model -> RateLimits.of(model, all)),
                    RateLimits::id));
  }

  private TreeSet<String> modelsOf(List<LimitSetting> settings) {
    TreeSet<String> names = new TreeSet<>();
    names.add(RateLimits.ALL);
    models.all().stream().map(ModelStatus::id).forEach(names::add);
    settings.stream().map(RateLimits::model).forEach(names::add);
    return names;
  }

  private Mono<List<LimitSetting>> settings(UUID projectId) {
    return limits.of(LimitScope.PROJECT, projectId.toString()).collectList();
  }

  /** What is left out stays. */
  @PostMapping("/{rateLimitId}")
  @Access(Right.MANAGE)
  Mono<RateLimits> modify(
      @PathVariable UUID projectId,
      @PathVariable String rateLimitId,
      @RequestBody RateLimits.Change body,
      @AuthenticationPrincipal Caller.Member caller) {
    String model = RateLimits.modelOf(rateLimitId);
    List<LimitSetting> changed = body.toLimits(projectId, model);
    return change(caller, projectId, model, limits.set(changed));
  }

  /** The model's limits of this project are gone; the organization's and the plan's stay. */
  @DeleteMapping("/{rateLimitId}")
  @Access(Right.MANAGE)
  Mono<RateLimits> delete(
      @PathVariable UUID projectId,
      @PathVariable String rateLimitId,
      @AuthenticationPrincipal Caller.Member caller) {
    String model = RateLimits.modelOf(rateLimitId);
    Mono<Void> removal =
        Flux.fromIterable(new RateLimits.Change(0L, 0L, 0L, 0L, 0L).toLimits(projectId, model))
            .concatMap(
                limit -> limits.remove(limit.scope(), limit.scopeId(), limit.model(), limit.kind()))
            .then();
    return change(caller, projectId, model, removal);
  }

  private Mono<RateLimits> change(
      Caller.Member caller, UUID projectId, String model, Mono<Void> work) {
    return audit.record(
        projects
            .toChange(caller, projectId)
            .then(settings(projectId))
            .flatMap(
                before ->
                    work.then(settings(projectId))
                        .map(
                            after -> {
                              RateLimits is = RateLimits.of(model, after);
                              return new AuditEntry(
                                      caller.tenantId(),
                                      projectId,
                                      "rate_limit.updated",
                                      is.id(),
                                      RateLimits.of(model, before),
                                      is)
                                  .with(is);
                            })));
  }
}
