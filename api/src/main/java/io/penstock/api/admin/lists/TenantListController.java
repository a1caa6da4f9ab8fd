package io.penstock.api.admin.lists;

import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import io.swagger.v3.oas.annotations.Operation;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Organizations with what they use, for the operator's list. */
@RestController
@Access(Right.OPERATOR)
class TenantListController {
  private static final int MOST = 200;

  private final TenantListStore store;

  TenantListController(TenantListStore store) {
    this.store = store;
  }

  /**
   * @param q part of the name
   * @param sort name, or cost, tokens, of this month, the most first
   * @param page from 0 on
   */
  @GetMapping("/admin/console/tenants")
  @Operation(summary = "Organizations with their use of this month (UTC)")
  Mono<Page> list(
      @RequestParam(defaultValue = "") String q,
      @RequestParam(defaultValue = "") String plan,
      @RequestParam(defaultValue = "") String status,
      @RequestParam(defaultValue = "name") String sort,
      @RequestParam(defaultValue = "0") int page,
      @RequestParam(defaultValue = "50") int limit) {
    if (limit < 1 || limit > MOST) {
      return Mono.error(ApiException.invalid("limit", "limit must be between 1 and " + MOST + "."));
    }
    if (page < 0 || page > 100_000) {
      return Mono.error(ApiException.invalid("page", "page must be between 0 and 100000."));
    }
    if (!List.of("name", "cost", "tokens").contains(sort)) {
      return Mono.error(ApiException.invalid("sort", "sort must be name, cost or tokens."));
    }
    return store
        .page(q, plan, status, sort, page * limit, limit)
        .collectList()
        .zipWith(store.count(q, plan, status), Page::new);
  }

  /**
   * @param total of all pages
   */
  record Page(List<TenantListStore.Listed> data, long total) {}
}
