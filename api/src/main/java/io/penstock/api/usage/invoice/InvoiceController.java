package io.penstock.api.usage.invoice;

import io.penstock.api.platform.Caller;
import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.error.ApiException;
import io.penstock.api.platform.wire.ListPage;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.UUID;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * Invoices of an organization, by its calendar's months. They are made an hour after a month's end.
 */
@RestController
@RequestMapping("/v1/organization/invoices")
class InvoiceController {
  private static final MediaType CSV = MediaType.parseMediaType("text/csv;charset=UTF-8");

  private final InvoiceStore store;

  InvoiceController(InvoiceStore store) {
    this.store = store;
  }

  /** Newest first, without their lines. */
  @GetMapping
  @Access(Right.VIEW)
  Mono<ListPage<InvoiceView>> list(
      @RequestParam(defaultValue = ListPage.DEFAULT_LIMIT) int limit,
      @RequestParam(required = false) UUID after,
      @AuthenticationPrincipal Caller.Member caller) {
    return ListPage.of(
        limit,
        most -> store.page(caller.tenantId(), after, most).map(InvoiceView::withoutLines),
        view -> view.id().toString());
  }

  /** The month that runs, as it stands. */
  @GetMapping("/draft")
  @Access(Right.VIEW)
  Mono<InvoiceView> draft(@AuthenticationPrincipal Caller.Member caller) {
    return running(caller).map(InvoiceView::of);
  }

  @GetMapping("/draft/csv")
  @Access(Right.VIEW)
  Mono<ResponseEntity<String>> draftCsv(@AuthenticationPrincipal Caller.Member caller) {
    return running(caller).map(InvoiceController::csv);
  }

  @GetMapping("/{invoiceId}")
  @Access(Right.VIEW)
  Mono<InvoiceView> get(
      @PathVariable UUID invoiceId, @AuthenticationPrincipal Caller.Member caller) {
    return require(caller, invoiceId).map(InvoiceView::of);
  }

  @GetMapping("/{invoiceId}/csv")
  @Access(Right.VIEW)
  Mono<ResponseEntity<String>> csv(
      @PathVariable UUID invoiceId, @AuthenticationPrincipal Caller.Member caller) {
    return require(caller, invoiceId).map(InvoiceController::csv);
  }

  private Mono<Invoice> running(Caller.Member caller) {
    return store.draft(caller.tenantId(), LocalDate.now(caller.timeZone()).withDayOfMonth(1));
  }

  private Mono<Invoice> require(Caller.Member caller, UUID id) {
    return store
        .find(caller.tenantId(), id)
        .switchIfEmpty(
            Mono.error(
                () ->
                    ApiException.notFound(
                        "invoice_not_found", null, "There is no invoice " + id + ".")));
  }

  private static ResponseEntity<String> csv(Invoice invoice) {
    String name =
        invoice.number() == null
            ? "draft-" + YearMonth.from(invoice.month())
            : InvoiceView.number(invoice);
    return ResponseEntity.ok()
        .contentType(CSV)
        .header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"%s.csv\"".formatted(name))
        .body(InvoiceCsv.of(invoice));
  }
}
