package io.penstock.api.admin.lists;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import io.swagger.v3.oas.annotations.Operation;
import java.util.List;
import java.util.UUID;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Keys of all projects in one list. */
@RestController
class KeyListController {
  private static final int MOST = 200;

  private final KeyListStore store;

  KeyListController(KeyListStore store) {
    this.store = store;
  }

  /**
   * @param q part of the name
   * @param status active, expired or revoked
   * @param page from 0 on
   */
  @GetMapping("/v1/organization/api_keys")
  @Access(Right.VIEW)
  @Operation(summary = "Keys of all projects of the organization, newest first")
  Mono<Page> own(
      @RequestParam(defaultValue = "") String q,
      @RequestParam(defaultValue = "") String status,
      @RequestParam(required = false) UUID project,
      @RequestParam(defaultValue = "0") int page,
      @RequestParam(defaultValue = "50") int limit,
      @AuthenticationPrincipal Caller.Member caller) {
    return page(new KeyListStore.Query(caller.tenantId(), null, project, q, status), page, limit);
  }

  /**
   * @param tenant name of an organization
   */
  @GetMapping("/admin/keys")
  @Access(Right.OPERATOR)
  @Operation(summary = "Keys of all organizations, newest first")
  Mono<Page> all(
      @RequestParam(defaultValue = "") String q,
      @RequestParam(defaultValue = "") String status,
      @RequestParam(defaultValue = "") String tenant,
      @RequestParam(defaultValue = "0") int page,
      @RequestParam(defaultValue = "50") int limit) {
    return page(new KeyListStore.Query(null, tenant, null, q, status), page, limit);
  }

  private Mono<Page> page(KeyListStore.Query query, int page, int limit) {
    if (limit < 1 || limit > MOST) {
      return Mono.error(ApiException.invalid("limit", "limit must be between 1 and " + MOST + "."));
    }
    if (page < 0 || page > 100_000) {
      return Mono.error(ApiException.invalid("page", "page must be between 0 and 100000."));
    }
    if (!List.of("", "active", "expired", "revoked").contains(query.status())) {
      return Mono.error(
          ApiException.invalid("status", "status must be active, expired or revoked."));
    }
    return store
        .page(query, page * limit, limit)
        .collectList()
        .zipWith(store.count(query), Page::new);
  }

  /**
   * @param total of all pages
   */
  record Page(List<KeyListStore.Listed> data, long total) {}
}
