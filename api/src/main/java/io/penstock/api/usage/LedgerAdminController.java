package io.penstock.api.usage;

import io.penstock.api.platform.access.Access;
import io.penstock.api.platform.access.Right;
import io.penstock.api.platform.audit.AuditEntry;
import io.penstock.api.platform.audit.AuditLog;
import io.penstock.api.platform.error.ApiException;
import java.util.List;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Credits and corrections, and the ledger's health, for the operator. */
@RestController
@Access(Right.OPERATOR)
class LedgerAdminController {
  private static final long MOST = 1_000_000_000_000_000L;
  private static final int LONGEST = 200;

  private final AccountStore accounts;
  private final AuditLog audit;

  LedgerAdminController(AccountStore accounts, AuditLog audit) {
    this.accounts = accounts;
    this.audit = audit;
  }

  /** What an organization has paid, or gets for nothing. */
  @PostMapping("/admin/tenants/{tenantId}/credits")
  Mono<Entered> credit(@PathVariable UUID tenantId, @RequestBody Entry body) {
    return enter(tenantId, "credit", body);
  }

  /** What makes up for something that was charged wrongly; entries themselves never change. */
  @PostMapping("/admin/tenants/{tenantId}/corrections")
  Mono<Entered> correct(@PathVariable UUID tenantId, @RequestBody Entry body) {
    return enter(tenantId, "correction", body);
  }

  @GetMapping("/admin/tenants/{tenantId}/balance")
  Mono<Balance> balance(@PathVariable UUID tenantId) {
    return accounts
        .balance(tenantId)
        .map(Balance::new)
        .switchIfEmpty(Mono.error(() -> none(tenantId)));
  }

  /**
   * Adds all entries up and compares them with the balances, and running requests with what is
   * held.
   *
   * @param all whether to read the entries of months again that are over: they cannot change, and
   *     their sums are kept from when they ended
   */
  @GetMapping("/admin/ledger/check")
  Mono<ResponseEntity<Check>> check(@RequestParam(defaultValue = "false") boolean all) {
    return Mono.zip(accounts.imbalances(all).collectList(), accounts.heldWrongly().collectList())
        .map(
            found -> {
              boolean ok = found.getT1().isEmpty() && found.getT2().isEmpty();
              return ResponseEntity.status(ok ? HttpStatus.OK : HttpStatus.INTERNAL_SERVER_ERROR)
                  .body(new Check(ok ? "ok" : "unequal", found.getT1(), found.getT2()));
            });
  }

  private Mono<Entered> enter(UUID tenantId, String kind, Entry body) {
    body.check();
    return accounts
        .balance(tenantId)
        .switchIfEmpty(Mono.error(() -> none(tenantId)))
        .flatMap(
            before ->
                audit.record(
                    accounts
                        .enter(tenantId, kind, body.id(), body.amountMicros(), body.noteText())
                        .filter(entered -> entered)
                        .map(
                            _ ->
                                new AuditEntry(
                                        tenantId, null, "ledger." + kind, body.id(), null, body)
                                    .with(true))))
        .defaultIfEmpty(false)
        .flatMap(entered -> accounts.balance(tenantId).map(now -> new Entered(entered, now)));
  }

  private static ApiException none(UUID tenantId) {
    return ApiException.notFound("tenant_not_found", null, "There is no tenant " + tenantId + ".");
  }

  /**
   * @param id chosen by the caller: the same id is entered once, however often it is sent
   * @param amountMicros micro-units of the currency; negative to take away
   * @param note for the books; may be left out
   */
  record Entry(String id, Long amountMicros, String note) {
    void check() {
      if (id == null || !id.matches("[\\x21-\\x7e]{1,100}")) {
        throw ApiException.invalid(
            "id", "id must have 1 to 100 printable ASCII characters and no blanks.");
      }
      if (amountMicros == null
          || amountMicros == 0
          || amountMicros > MOST
          || amountMicros < -MOST) {
        throw ApiException.invalid(
            "amount_micros", "amount_micros must not be 0 and at most " + MOST + " either way.");
      }
      if (note != null && note.length() > LONGEST) {
        throw ApiException.invalid("note", "note must have at most " + LONGEST + " characters.");
      }
    }

    String noteText() {
      return note == null ? "" : note;
    }
  }

  /**
   * @param entered false when there was an entry of that id already
   */
  record Entered(boolean entered, long balanceMicros) {}

  record Balance(long balanceMicros) {}

  /**
   * @param status ok or unequal
   * @param counters ids of counters that do not hold what running requests hold
   */
  record Check(String status, List<AccountStore.Imbalance> accounts, List<Long> counters) {}
}
