package io.penstock.api.usage.invoice;

import io.penstock.api.usage.Money;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Invoices, and what makes them: the days' sums and the operator's entries. */
@Component
class InvoiceStore {
  private static final String FIGURES =
      """
      select z.tenant_id, z.month, z.time_zone, z.period_start, z.period_end,
        e.before - u.before as opening_micros, e.credits as credit_micros,
        e.corrections as correction_micros, u.used as usage_micros,
        e.before - u.before + e.credits + e.corrections - u.used as closing_micros
      from (
        select t.id as tenant_id, cast(:month as date) as month, t.time_zone,
          cast(cast(:month as date) as timestamp) at time zone t.time_zone as period_start,
          (cast(:month as date) + interval '1 month') at time zone t.time_zone as period_end
        from tenants t where t.id = :tenant
      ) as z
      cross join lateral (
        select
          coalesce(sum(amount) filter (where created_at < z.period_start), 0)::bigint as before,
          coalesce(sum(amount) filter (where created_at >= z.period_start and kind = 'credit'), 0)::bigint
            as credits,
          coalesce(sum(amount) filter (where created_at >= z.period_start and kind = 'correction'), 0)::bigint
            as corrections
        from (
          select l.kind, l.created_at, case when l.credit = a.id then l.amount else -l.amount end as amount
          from ledger_entries l
          join accounts a on a.tenant_id = l.tenant_id and a.kind = 'balance'
          where l.tenant_id = z.tenant_id and l.kind in ('credit', 'correction')
            and l.created_at < z.period_end
        ) as entries
      ) as e
      cross join lateral (
        select coalesce(sum(amount_micros) filter (where day < z.month), 0)::bigint as before,
          coalesce(sum(amount_micros) filter (where day >= z.month), 0)::bigint as used
        from usage_daily
        where tenant_id = z.tenant_id and day < z.month + interval '1 month'
      ) as u
      """;

  private static final String LINES =
      """
      select d.project_id, p.name as project, d.model, d.price_version,
        sum(d.requests)::bigint as requests, sum(d.prompt_tokens)::bigint as prompt_tokens,
        sum(d.cached_tokens)::bigint as cached_tokens,
        sum(d.completion_tokens)::bigint as completion_tokens,
        sum(d.compute_us)::bigint as compute_us, sum(d.amount_micros)::bigint as amount_micros
      from usage_daily d join projects p on p.id = d.project_id
      where d.tenant_id = :tenant and d.day >= cast(:month as date)
        and d.day < cast(:month as date) + interval '1 month'
      group by 1, 2, 3, 4
      """;

  /** Who makes it first makes it; its lines and the event are in the same transaction. */
  private static final String MAKE =
      """
      with made as (
        insert into invoices (tenant_id, month, currency, time_zone, period_start, period_end,
          opening_micros, credit_micros, correction_micros, usage_micros, closing_micros)
        select tenant_id, month, :currency, time_zone, period_start, period_end,
          opening_micros, credit_micros, correction_micros, usage_micros, closing_micros
        from (%s) as figures
        on conflict (tenant_id, month) do nothing
        returning *
      ), lines as (
        insert into invoice_lines (invoice_id, position, project_id, project, model, price_version,
          requests, prompt_tokens, cached_tokens, completion_tokens, compute_us, amount_micros)
        select made.id, row_number() over (order by l.project, l.project_id, l.model, l.price_version),
          l.project_id, l.project, l.model, l.price_version, l.requests, l.prompt_tokens,
          l.cached_tokens, l.completion_tokens, l.compute_us, l.amount_micros
        from made cross join (%s) as l
      )
      insert into outbox (tenant_id, kind, dedup_key, payload)
      select tenant_id, 'invoice.created', 'invoice:' || id,
        jsonb_build_object('invoice_id', id, 'number', number, 'month', to_char(month, 'YYYY-MM'),
          'usage_micros', usage_micros, 'closing_balance_micros', closing_micros,
          'currency', currency)
      from made
      """
          .formatted(FIGURES, LINES);

  /**
   * The month to be invoiced next of each tenant that has used something, once it has been over for
   * an hour: what is settled has long been committed then.
   */
  private static final String DUE =
      """
      select t.id, m.month
      from tenants t
      cross join lateral (
        select cast(coalesce(
          (select max(i.month) + interval '1 month' from invoices i where i.tenant_id = t.id),
          (select date_trunc('month', min(d.day)) from usage_daily d where d.tenant_id = t.id))
          as date) as month
      ) as m
      where (m.month + interval '1 month') at time zone t.time_zone + interval '1 hour' <= :now
      order by t.id limit :limit
      """;

  private static final String LINES_OF_INVOICE =
      """
      select l.*, p.prompt, p.cached, p.completion, p.compute_second
      from invoice_lines l
      left join prices p on p.model = l.model and p.version = l.price_version
      where l.invoice_id = :invoice order by l.position
      """;

  private static final String LINES_OF_DRAFT =
      """
      select l.*, p.prompt, p.cached, p.completion, p.compute_second
      from (%s) as l
      left join prices p on p.model = l.model and p.version = l.price_version
      order by l.project, l.project_id, l.model, l.price_version
      """
          .formatted(LINES);

  private final DatabaseClient database;

  InvoiceStore(DatabaseClient database) {
    this.database = database;
  }

  /** A month of a tenant that is over. */
  record Due(UUID tenant, LocalDate month) {}

  Flux<Due> due(Instant now, int limit) {
    return database
        .sql(DUE)
        .bind("now", now)
        .bind("limit", limit)
        .map(row -> new Due(row.get("id", UUID.class), row.get("month", LocalDate.class)))
        .all();
  }

  /** Nothing happens when there is one. */
  Mono<Void> make(Due due) {
    return database
        .sql(MAKE)
        .bind("tenant", due.tenant())
        .bind("month", due.month())
        .bind("currency", Money.CURRENCY)
        .then();
  }

  /** Newest first, without their lines. */
  Flux<Invoice> page(UUID tenant, UUID after, int limit) {
    return database
        .sql(
            """
            select * from invoices where tenant_id = :tenant and month < coalesce(
              (select month from invoices where id = :after and tenant_id = :tenant), 'infinity')
            order by month desc limit :limit
            """)
        .bind("tenant", tenant)
        .bind("after", after == null ? new UUID(0, 0) : after)
        .bind("limit", limit)
        .map(InvoiceStore::invoice)
        .all();
  }

  Mono<Invoice> find(UUID tenant, UUID id) {
    return database
        .sql("select * from invoices where tenant_id = :tenant and id = :id")
        .bind("tenant", tenant)
        .bind("id", id)
        .map(InvoiceStore::invoice)
        .one()
        .flatMap(
            invoice ->
                lines(database.sql(LINES_OF_INVOICE).bind("invoice", id)).map(invoice::with));
  }

  /** A month that is not over, as it stands. */
  Mono<Invoice> draft(UUID tenant, LocalDate month) {
    return database
        .sql(FIGURES)
        .bind("tenant", tenant)
        .bind("month", month)
        .map(InvoiceStore::draft)
        .one()
        .flatMap(
            invoice ->
                lines(database.sql(LINES_OF_DRAFT).bind("tenant", tenant).bind("month", month))
                    .map(invoice::with));
  }

  private static Mono<List<Invoice.Line>> lines(DatabaseClient.GenericExecuteSpec statement) {
    return statement.map(InvoiceStore::line).all().collectList();
  }

  private static Invoice.Line line(Readable row) {
    Long prompt = row.get("prompt", Long.class);
    return new Invoice.Line(
        row.get("project_id", UUID.class),
        row.get("project", String.class),
        row.get("model", String.class),
        row.get("price_version", Integer.class),
        prompt == null
            ? null
            : new Invoice.Prices(
                prompt,
                row.get("cached", Long.class),
                row.get("completion", Long.class),
                row.get("compute_second", Long.class)),
        row.get("requests", Long.class),
        row.get("prompt_tokens", Long.class),
        row.get("cached_tokens", Long.class),
        row.get("completion_tokens", Long.class),
        row.get("compute_us", Long.class),
        row.get("amount_micros", Long.class));
  }

  private static Invoice invoice(Readable row) {
    Invoice figures = draft(row);
    return new Invoice(
        row.get("id", UUID.class),
        row.get("number", Long.class),
        figures.tenantId(),
        figures.month(),
        figures.timeZone(),
        figures.periodStart(),
        figures.periodEnd(),
        figures.opening(),
        figures.credits(),
        figures.corrections(),
        figures.usage(),
        figures.closing(),
        row.get("created_at", Instant.class),
        List.of());
  }

  private static Invoice draft(Readable row) {
    return new Invoice(
        null,
        null,
        row.get("tenant_id", UUID.class),
        row.get("month", LocalDate.class),
        row.get("time_zone", String.class),
        row.get("period_start", Instant.class),
        row.get("period_end", Instant.class),
        row.get("opening_micros", Long.class),
        row.get("credit_micros", Long.class),
        row.get("correction_micros", Long.class),
        row.get("usage_micros", Long.class),
        row.get("closing_micros", Long.class),
        null,
        List.of());
  }
}
