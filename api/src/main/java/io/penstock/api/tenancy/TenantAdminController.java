package io.penstock.api.tenancy;

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
class TenantAdminController {
  private static final int MOST = 500;

  private final TenantStore tenants;

  TenantAdminController(TenantStore tenants) {
    this.tenants = tenants;
  }

  @PostMapping
  @ResponseStatus(HttpStatus.CREATED)
  Mono<TenantStore.Tenant> create(@RequestBody NewTenant body) {
    if (body.name() == null || !body.name().matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
      return Mono.error(
          ApiException.invalid(
              "name",
              "name must have 1 to 63 lower-case letters, digits and hyphens, no hyphen at the ends."));
    }
    return tenants
        .insert(body.name())
        .switchIfEmpty(
            Mono.error(
                () ->
                    ApiException.of(
                        HttpStatus.CONFLICT,
                        ApiException.INVALID_REQUEST,
                        "already_exists",
                        "name",
                        "There is a tenant '%s' already.".formatted(body.name()))));
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

  record NewTenant(String name) {}

  record Page(List<TenantStore.Tenant> data, boolean hasMore) {}
}
