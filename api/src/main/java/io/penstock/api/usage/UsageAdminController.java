package io.penstock.api.usage;

import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** The usage table for the operator, newest first. */
@RestController
@Access(Right.OPERATOR)
class UsageAdminController {
  private static final int MOST = 500;

  private final UsageStore store;

  UsageAdminController(UsageStore store) {
    this.store = store;
  }

  /**
   * @param before id of the last row of the page before
   * @param tenant only this tenant's
   */
  @GetMapping("/admin/usage")
  Mono<Page> list(
      @RequestParam(defaultValue = "50") int limit,
      @RequestParam(defaultValue = "9223372036854775807") long before,
      @RequestParam(defaultValue = "") String tenant) {
    if (limit < 1 || limit > MOST) {
      return Mono.error(ApiException.invalid("limit", "limit must be between 1 and " + MOST + "."));
    }
    return store
        .page(tenant, before, limit + 1)
        .collectList()
        .map(
            rows -> {
              boolean more = rows.size() > limit;
              List<UsageStore.Listed> page = more ? rows.subList(0, limit) : rows;
              return new Page(page, more, more ? page.getLast().id() : null);
            });
  }

  /**
   * @param nextBefore what to pass as {@code before} for the next page; null on the last
   */
  record Page(List<UsageStore.Listed> data, boolean hasMore, Long nextBefore) {}
}
