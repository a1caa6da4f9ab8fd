package io.penstock.api.usage;

import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Entries by the operator, balances, and the check that both agree. */
@Component
class AccountStore {
  /** The id is entered first: a second entry of the same id changes nothing. */
  private static final String ENTER =
      """
      with once as (
        insert into ledger_keys (kind, request_id) values (:kind, :id)
        on conflict do nothing returning request_id
      ), sides as (
        select b.id as balance, o.id as other
        from accounts b join accounts o on o.tenant_id = b.tenant_id
        where b.tenant_id = :tenant and b.kind = 'balance' and o.kind = :account
          and exists (select from once)
      ), entry as (
        insert into ledger_entries (created_at, kind, request_id, tenant_id, debit, credit, amount,
          note)
        select clock_timestamp(), :kind, :id, :tenant,
          case when :amount >= 0 then other else balance end,
          case when :amount >= 0 then balance else other end,
          abs(:amount), :note
        from sides
      )
      update accounts a set balance = a.balance + case a.id when s.balance then :amount else -:amount end
      from sides s where a.id in (s.balance, s.other)
      """;

  private final DatabaseClient database;

  AccountStore(DatabaseClient database) {
    this.database = database;
  }

  /**
   * Moves an amount to an organization's balance, or from it when it is negative.
   *
   * @param kind credit or correction
   * @param id chosen by the operator, so that nothing is entered twice
   * @return false when there was an entry of that kind and id already
   */
  Mono<Boolean> enter(UUID tenant, String kind, String id, long micros, String note) {
    return database
        .sql(ENTER)
        .bind("kind", kind)
        .bind("id", id)
        .bind("tenant", tenant)
        .bind("account", kind.equals("credit") ? "funding" : "adjustment")
        .bind("amount", micros)
        .bind("note", note)
        .fetch()
        .rowsUpdated()
        .map(rows -> rows > 0);
  }

  /** Micro-units that an organization has left, or owes when negative; empty when there is none. */
  Mono<Long> balance(UUID tenant) {
    return database
        .sql("select balance from accounts where tenant_id = :tenant and kind = 'balance'")
        .bind("tenant", tenant)
        .map(row -> row.get(0, Long.class))
        .one();
  }

  /**
   * An account whose balance is not the sum of its entries.
   *
   * @param kind of the account
   */
  record Imbalance(long account, UUID tenantId, String kind, Long balance, Long entries) {}

  /**
   * All of them: none.
   *
   * @param all whether to read the entries of months again that are over and summed up
   */
  Flux<Imbalance> imbalances(boolean all) {
    Mono<Void> closed = database.sql("select ledger_close()").then();
    return closed.thenMany(Flux.defer(() -> differences(all)));
  }

  private Flux<Imbalance> differences(boolean all) {
    return database
        .sql(
            "select account, tenant_id, kind, balance, entries::bigint as entries from ledger_differences(:all) limit 100")
        .bind("all", all)
        .map(
            row ->
                new Imbalance(
                    row.get("account", Long.class),
                    row.get("tenant_id", UUID.class),
                    row.get("kind", String.class),
                    row.get("balance", Long.class),
                    row.get("entries", Long.class)))
        .all();
  }

  /** Ids of counters that do not hold what running requests hold: none. */
  Flux<Long> heldWrongly() {
    return database
        .sql("select counter from hold_imbalance limit 100")
        .map(row -> row.get(0, Long.class))
        .all();
  }
}
