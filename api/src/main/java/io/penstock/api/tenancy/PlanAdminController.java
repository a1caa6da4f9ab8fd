package io.penstock.api.tenancy;

import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import java.util.List;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * Plans, and who is on which, for the operator. A change counts from a tenant's next request on, on
 * every replica.
 */
@RestController
@Access(Right.OPERATOR)
class PlanAdminController {
  private static final int MOST = 500;

  private final PlanStore plans;
  private final TenantStore tenants;
  private final KeyCache keys;
  private final AuditLog audit;

  PlanAdminController(PlanStore plans, TenantStore tenants, KeyCache keys, AuditLog audit) {
    this.plans = plans;
    this.tenants = tenants;
    this.keys = keys;
    this.audit = audit;
  }

  private static AuditEntry entry(String action, PlanBody before, PlanBody after) {
    return new AuditEntry(null, null, action, after.name(), before, after);
  }

  @PostMapping("/admin/plans")
  @ResponseStatus(HttpStatus.CREATED)
  Mono<PlanBody> create(@RequestBody PlanBody body) {
    return audit
        .record(
            Mono.fromSupplier(() -> body.toPlan(PlanBody.name("name", body.name())))
                .flatMap(plans::insert)
                .map(PlanBody::of)
                .map(made -> entry("plan.created", null, made).with(made)))
        .switchIfEmpty(
            Mono.error(
                () ->
                    ApiException.of(
                        HttpStatus.CONFLICT,
                        ApiException.INVALID_REQUEST,
                        "already_exists",
                        "name",
                        "There is a plan '%s' already; PUT /admin/plans/%s changes it."
                            .formatted(body.name(), body.name()))));
  }

  /**
   * @param after name of the last plan of the page before
   */
  @GetMapping("/admin/plans")
  Mono<Page> list(
      @RequestParam(defaultValue = "100") int limit,
      @RequestParam(defaultValue = "") String after) {
    if (limit < 1 || limit > MOST) {
      return Mono.error(ApiException.invalid("limit", "limit must be between 1 and " + MOST + "."));
    }
    return plans
        .page(after, limit + 1)
        .map(PlanBody::of)
        .collectList()
        .map(
            rows ->
                new Page(rows.size() > limit ? rows.subList(0, limit) : rows, rows.size() > limit));
  }

  @GetMapping("/admin/plans/{name}")
  Mono<PlanBody> get(@PathVariable String name) {
    return plans.find(name).map(PlanBody::of).switchIfEmpty(Mono.error(() -> noPlan(null, name)));
  }

  /** Replaces all of it: what is left out gets its default. */
  @PutMapping("/admin/plans/{name}")
  Mono<PlanBody> change(@PathVariable String name, @RequestBody PlanBody body) {
    if (body.name() != null && !body.name().equals(name)) {
      return Mono.error(
          ApiException.invalid(
              "name", "A plan keeps its name; leave 'name' out or create another."));
    }
    return audit
        .record(
            Mono.fromSupplier(() -> body.toPlan(name))
                .flatMap(
                    plan ->
                        plans
                            .find(name)
                            .flatMap(
                                before ->
                                    plans
                                        .update(plan)
                                        .map(PlanBody::of)
                                        .map(
                                            after ->
                                                entry("plan.updated", PlanBody.of(before), after)
                                                    .with(after)))))
        .doOnNext(_ -> keys.forgetAll())
        .switchIfEmpty(Mono.error(() -> noPlan(null, name)));
  }

  @PutMapping("/admin/tenants/{id}/plan")
  Mono<TenantStore.Tenant> assign(@PathVariable UUID id, @RequestBody Assignment body) {
    String name = PlanBody.name("plan", body.plan());
    return plans
        .find(name)
        .switchIfEmpty(Mono.error(() -> noPlan("plan", name)))
        .flatMap(plan -> audit.record(assigned(id, plan.name())))
        .doOnNext(_ -> keys.forgetAll())
        .switchIfEmpty(Mono.error(() -> TenantAdminController.noTenant(id)));
  }

  private Mono<AuditEntry.Done<TenantStore.Tenant>> assigned(UUID id, String plan) {
    return tenants
        .lock(id)
        .flatMap(
            before ->
                tenants
                    .assign(id, plan)
                    .map(
                        after ->
                            TenantAdminController.entry("organization.updated", before, after)
                                .with(after)));
  }

  static ApiException noPlan(String param, String name) {
    return ApiException.notFound("plan_not_found", param, "There is no plan '%s'.".formatted(name));
  }

  record Assignment(String plan) {}

  record Page(List<PlanBody> data, boolean hasMore) {}
}
