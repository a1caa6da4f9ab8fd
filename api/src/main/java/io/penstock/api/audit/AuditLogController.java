package io.penstock.api.audit;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.wire.ListPage;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** What was done in an organization, newest first, in OpenAI's shape. */
@RestController
class AuditLogController {
  private static final int MOST_VALUES = 100;

  private final AuditStore store;

  AuditLogController(AuditStore store) {
    this.store = store;
  }

  /**
   * @param after id of the last entry of the page before
   * @param all also {@code event_types[]}, {@code project_ids[]}, {@code actor_ids[]}, {@code
   *     resource_ids[]}, and {@code effective_at[gt|gte|lt|lte]} in seconds since 1970
   */
  @GetMapping("/v1/organization/audit_logs")
  @Access(Right.MANAGE)
  Mono<ListPage<AuditEntryView>> list(
      @RequestParam(defaultValue = ListPage.DEFAULT_LIMIT) int limit,
      @RequestParam(required = false) String after,
      @RequestParam MultiValueMap<String, String> all,
      @AuthenticationPrincipal Caller.Member caller) {
    return page(query(caller.tenantId(), all), limit, after);
  }

  /** Of all organizations and of the installation itself, for the operator. */
  @GetMapping("/admin/audit_logs")
  @Access(Right.OPERATOR)
  Mono<ListPage<AuditEntryView>> all(
      @RequestParam(defaultValue = ListPage.DEFAULT_LIMIT) int limit,
      @RequestParam(required = false) String after,
      @RequestParam MultiValueMap<String, String> all) {
    return page(query(null, all), limit, after);
  }

  private Mono<ListPage<AuditEntryView>> page(AuditStore.Query query, int limit, String after) {
    long beforeId = after == null ? Long.MAX_VALUE : AuditEntryView.number(after);
    return ListPage.of(
        limit,
        most -> store.page(query, beforeId, most).map(AuditEntryView::of),
        AuditEntryView::id);
  }

  private static AuditStore.Query query(UUID tenantId, MultiValueMap<String, String> all) {
    Instant gt = second(all, "gt");
    Instant gte = second(all, "gte");
    Instant lt = second(all, "lt");
    Instant lte = second(all, "lte");
    return new AuditStore.Query(
        tenantId,
        values(all, "event_types"),
        values(all, "project_ids"),
        values(all, "actor_ids"),
        values(all, "resource_ids"),
        gte != null ? gte : gt == null ? null : gt.plusSeconds(1),
        lt != null ? lt : lte == null ? null : lte.plusSeconds(1));
  }

  /** OpenAI's clients repeat {@code name[]}; plain {@code name} is taken as well. */
  private static List<String> values(MultiValueMap<String, String> all, String name) {
    List<String> values = all.getOrDefault(name + "[]", all.getOrDefault(name, List.of()));
    if (values.size() > MOST_VALUES
        || values.stream().anyMatch(v -> v == null || !v.matches("[\\x20-\\x7e]{1,200}"))) {
      throw ApiException.invalid(name, name + " has a value that is none, or too many.");
    }
    return values;
  }

  private static Instant second(MultiValueMap<String, String> all, String bound) {
    String name = "effective_at[" + bound + "]";
    String text = all.getFirst(name);
    if (text == null) {
      return null;
    }
    try {
      Instant second = Instant.ofEpochSecond(Long.parseLong(text));
      if (second.isBefore(Instant.EPOCH) || second.getEpochSecond() > 253_402_300_799L) {
        throw new DateTimeException("beyond the year 9999");
      }
      return second;
    } catch (NumberFormatException | DateTimeException _) {
      throw ApiException.invalid(name, name + " must be in seconds since 1970.");
    }
  }
}
