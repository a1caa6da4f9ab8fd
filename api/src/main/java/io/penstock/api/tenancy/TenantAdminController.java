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
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Tenants, for the operator. */
@RestController
@RequestMapping("/admin/tenants")
@Access(Right.OPERATOR)
class TenantAdminController {
  private static final int MOST = 500;

  private final TenantStore tenants;
  private final KeyCache keys;
  private final AuditLog audit;

  TenantAdminController(TenantStore tenants, KeyCache keys, AuditLog audit) {
    this.tenants = tenants;
    this.keys = keys;
    this.audit = audit;
  }

  @PostMapping
  @ResponseStatus(HttpStatus.CREATED)
  Mono<TenantStore.Tenant> create(@RequestBody NewTenant body) {
    if (body.name() == null || !body.name().matches(TenantStore.NAME)) {
      return Mono.error(
          ApiException.invalid(
              "name",
              "name must have 1 to 63 lower-case letters, digits and hyphens, no hyphen at the ends."));
    }
    String zone = body.timeZone() == null ? "UTC" : TimeZones.require("time_zone", body.timeZone());
    return audit.record(
        tenants
            .insert(body.name(), zone)
            .switchIfEmpty(
                Mono.error(
                    () ->
                        ApiException.of(
                            HttpStatus.CONFLICT,
                            ApiException.INVALID_REQUEST,
                            "already_exists",
                            "name",
                            "There is a tenant '%s' already.".formatted(body.name()))))
            .map(made -> entry("organization.created", null, made).with(made)));
  }

  /** What is left out stays. The keys of a suspended tenant are refused. */
  @PostMapping("/{id}")
  Mono<TenantStore.Tenant> change(@PathVariable UUID id, @RequestBody TenantChange body) {
    String zone = body.timeZone() == null ? null : TimeZones.require("time_zone", body.timeZone());
    String status = body.status();
    if (status != null && !status.equals("active") && !status.equals("suspended")) {
      return Mono.error(ApiException.invalid("status", "status must be active or suspended."));
    }
    return audit
        .record(
            tenants
                .lock(id)
                .switchIfEmpty(Mono.error(() -> noTenant(id)))
                .flatMap(
                    before ->
                        tenants
                            .change(
                                id,
                                zone == null ? before.timeZone() : zone,
                                status == null ? before.status() : status)
                            .map(
                                after -> entry("organization.updated", before, after).with(after))))
        .doOnNext(_ -> keys.forgetAll());
  }

  static AuditEntry entry(String action, TenantStore.Tenant before, TenantStore.Tenant after) {
    return new AuditEntry(after.id(), null, action, after.id(), before, after);
  }

  /**
   * @param after name of the last tenant of the page before
   */
  @GetMapping
  Mono<Page> list(
      @RequestParam(defaultValue = "100") int limit,
      @RequestParam(defaultValue = "") String after) {
    if (limit < 1 || limit > MOST) {
      return Mono.error(ApiException.invalid("limit", "limit must be between 1 and " + MOST + "."));
    }
    return tenants
        .page(after, limit + 1)
        .collectList()
        .map(
            rows ->
                new Page(rows.size() > limit ? rows.subList(0, limit) : rows, rows.size() > limit));
  }

  @GetMapping("/{id}")
  Mono<TenantStore.Tenant> get(@PathVariable UUID id) {
    return tenants.find(id).switchIfEmpty(Mono.error(() -> noTenant(id)));
  }

  static ApiException noTenant(UUID id) {
    return ApiException.notFound("tenant_not_found", null, "There is no tenant " + id + ".");
  }

  /**
   * @param timeZone IANA name; null for UTC
   */
  record NewTenant(String name, String timeZone) {}

  record TenantChange(String timeZone, String status) {}

  record Page(List<TenantStore.Tenant> data, boolean hasMore) {}
}
