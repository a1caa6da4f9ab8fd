-- What happens is put into the outbox by the transaction in which it happens, and delivered to the
-- tenant's webhooks afterwards, at least once.

create table webhooks (
  id             uuid primary key default gen_random_uuid(),
  tenant_id      uuid not null references tenants,
  url            text not null check (length(url) <= 2000),
  description    text not null default '' check (length(description) <= 200),
  -- Kinds of events that it wants.
  events         text[] not null check (cardinality(events) >= 1),
  -- The secret is computed from this, the id and the server's pepper; it is kept nowhere.
  secret_version integer not null default 1,
  -- When it replaced the one before, with which deliveries are signed too for a day.
  rotated_at     timestamptz,
  status         text not null default 'active' check (status in ('active', 'disabled')),
  created_at     timestamptz not null default now()
);

create index webhooks_by_tenant on webhooks (tenant_id, created_at, id);

create table outbox (
  id         bigint generated always as identity primary key,
  tenant_id  uuid not null references tenants,
  kind       text not null,
  -- What must not be told twice has the same key.
  dedup_key  text not null unique,
  payload    jsonb not null,
  created_at timestamptz not null default now()
);

create index outbox_by_age on outbox (created_at);

create table webhook_deliveries (
  outbox_id    bigint not null references outbox on delete cascade,
  webhook_id   uuid not null references webhooks on delete cascade,
  attempts     integer not null default 0,
  -- When it is tried next; while it is being tried, when others may try.
  due_at       timestamptz not null default now(),
  delivered_at timestamptz,
  given_up_at  timestamptz,
  -- HTTP status of the last answer, or why there was none.
  last_status  integer,
  last_error   text,
  primary key (outbox_id, webhook_id)
);

create index webhook_deliveries_due on webhook_deliveries (webhook_id, due_at)
  where delivered_at is null and given_up_at is null;
create index webhook_deliveries_by_webhook on webhook_deliveries (webhook_id, outbox_id desc);

create function address_outbox() returns trigger language plpgsql as $$
begin
  insert into webhook_deliveries (outbox_id, webhook_id)
  select new.id, w.id from webhooks w
  where w.tenant_id = new.tenant_id and w.status = 'active'
    and case
      when new.payload ? 'webhook_id' then new.payload ->> 'webhook_id' = w.id::text -- a test of one
      else new.kind = any (w.events)
    end;
  return null;
end $$;

create trigger outbox_addressed after insert on outbox
  for each row execute function address_outbox();

-- At which shares of which budgets a tenant wants to be told. Scope, model and kind as in the limits.
create table budget_alerts (
  id         uuid primary key default gen_random_uuid(),
  tenant_id  uuid not null references tenants,
  scope      text not null check (scope in ('organization', 'project', 'key')),
  scope_id   text not null,
  model      text not null default '',
  kind       text not null check (kind in (
    'requests_per_day', 'tokens_per_day', 'tokens_per_month', 'spend_per_day', 'spend_per_month')),
  -- Of the limit, percent; 100 also tells when a request is refused because it would not fit any more.
  share      smallint not null check (share between 1 and 100),
  created_at timestamptz not null default now(),
  unique (scope, scope_id, model, kind, share)
);

create index budget_alerts_by_tenant on budget_alerts (tenant_id, created_at, id);

-- Months that are over. The figures are copied: an invoice never changes.
create table invoices (
  id                uuid primary key default gen_random_uuid(),
  tenant_id         uuid not null references tenants,
  -- First day, by the tenant's calendar.
  month             date not null check (extract(day from month) = 1),
  number            bigint generated always as identity unique,
  currency          text not null,
  time_zone         text not null,
  period_start      timestamptz not null,
  period_end        timestamptz not null,
  -- Micro-units: what was left or, below zero, owed before; what came and went; what is left now.
  opening_micros    bigint not null,
  credit_micros     bigint not null,
  correction_micros bigint not null,
  usage_micros      bigint not null,
  closing_micros    bigint not null
    check (closing_micros = opening_micros + credit_micros + correction_micros - usage_micros),
  created_at        timestamptz not null default now(),
  unique (tenant_id, month)
);

create table invoice_lines (
  invoice_id        uuid not null references invoices,
  position          integer not null,
  project_id        uuid not null,
  project           text not null,
  model             text not null,
  price_version     integer not null,
  requests          bigint not null,
  prompt_tokens     bigint not null,
  cached_tokens     bigint not null,
  completion_tokens bigint not null,
  compute_us        bigint not null,
  amount_micros     bigint not null,
  primary key (invoice_id, position)
);

create function invoice_is_final() returns trigger language plpgsql as $$
begin
  raise exception '% never changes', tg_table_name;
end $$;

create trigger invoices_append_only before update or delete or truncate on invoices
  for each statement execute function invoice_is_final();
create trigger invoice_lines_append_only before update or delete or truncate on invoice_lines
  for each statement execute function invoice_is_final();

-- Credits and corrections are few among the entries, and invoices ask for them alone.
create index ledger_entries_by_operator on ledger_entries (tenant_id, created_at)
  where kind in ('credit', 'correction');
