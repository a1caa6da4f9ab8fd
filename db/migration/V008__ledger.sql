-- The ledger: what organizations owe and have paid. Rows are only ever added.

create table accounts (
  id        bigint generated always as identity primary key,
  tenant_id uuid not null references tenants,
  -- balance: what the organization has left or, below zero, owes; usage: what it was charged for
  -- requests; funding: credits and payments; adjustment: corrections by the operator.
  kind      text not null check (kind in ('balance', 'usage', 'funding', 'adjustment')),
  -- Micro-units of the currency: the sum of the entries that credit the account less those that
  -- debit it, kept in the same transaction.
  balance   bigint not null default 0,
  unique (tenant_id, kind)
) with (fillfactor = 50);

create function accounts_of_tenant() returns trigger language plpgsql as $$
begin
  insert into accounts (tenant_id, kind)
  select new.id, kind from unnest(array['balance', 'usage', 'funding', 'adjustment']) as kind;
  return null;
end $$;

create trigger tenant_has_accounts after insert on tenants
  for each row execute function accounts_of_tenant();

insert into accounts (tenant_id, kind)
select t.id, kind
from tenants t, unnest(array['balance', 'usage', 'funding', 'adjustment']) as kind;

-- One row moves an amount from one account to another, so whatever it credits it debits too.
create table ledger_entries (
  id                bigint generated always as identity,
  created_at        timestamptz not null,
  -- usage: a request; late: the rest of one that was booked at a checkpoint; credit, correction: by
  -- the operator.
  kind              text not null check (kind in ('usage', 'late', 'credit', 'correction')),
  -- Of the request, or given by the operator so that nothing is entered twice.
  request_id        text not null,
  tenant_id         uuid not null,
  project_id        uuid,
  key_id            uuid,
  debit             bigint not null,
  credit            bigint not null check (credit <> debit),
  amount            bigint not null check (amount >= 0),
  model             text,
  price_version     integer,
  prompt_tokens     integer not null default 0,
  cached_tokens     integer not null default 0,
  completion_tokens integer not null default 0,
  compute_us        bigint not null default 0,
  note              text,
  primary key (id, created_at)
) partition by range (created_at);

create index ledger_entries_by_tenant on ledger_entries (tenant_id, created_at);

-- Makes the partition of a month, unless it is there; the application calls it ahead of time.
create function ledger_partition(month date) returns void language plpgsql as $$
declare
  first date := date_trunc('month', month);
  name text := 'ledger_entries_' || to_char(first, 'YYYY_MM');
begin
  -- Looked for first: making one locks the whole ledger, be it there or not.
  if to_regclass(name) is null then
    execute format(
      'create table if not exists %I partition of ledger_entries for values from (%L) to (%L)',
      name,
      first::timestamp at time zone 'UTC',
      (first + interval '1 month')::timestamp at time zone 'UTC');
  end if;
end $$;

select ledger_partition(((now() at time zone 'UTC') + make_interval(months => n))::date)
from generate_series(-1, 2) as n;

create trigger ledger_is_append_only before update or delete on ledger_entries
  for each row execute function refuse_change();

create trigger ledger_is_not_truncated before truncate on ledger_entries
  for each statement execute function refuse_change();

-- Entries that are no request's, and the late part of requests, by their own id: entered once.
create table ledger_keys (
  kind       text not null,
  request_id text not null,
  primary key (kind, request_id)
);

-- Accounts whose balance is not the sum of their entries; always empty.
create view ledger_imbalance as
select a.id as account, a.tenant_id, a.kind, a.balance, coalesce(e.sum, 0) as entries
from accounts a
full join (
  select account, sum(amount) as sum
  from (
    select credit as account, amount from ledger_entries
    union all
    select debit, -amount from ledger_entries
  ) as sides
  group by account
) as e on e.account = a.id
where a.balance is distinct from coalesce(e.sum, 0);

-- Counters that do not hold what the requests hold that run; always empty.
create view hold_imbalance as
select c.id as counter, c.running, count(h.*) as requests,
  c.held_tokens, coalesce(sum(h.tokens), 0) as tokens,
  c.held_output, coalesce(sum(h.output), 0) as output,
  c.held_money, coalesce(sum(h.money), 0) as money
from counters c
left join (select h.*, unnest(h.counters) as counter from holds h) as h on h.counter = c.id
group by c.id
having c.running <> count(h.*) or c.held_tokens <> coalesce(sum(h.tokens), 0)
  or c.held_output <> coalesce(sum(h.output), 0) or c.held_money <> coalesce(sum(h.money), 0);

alter table usage_records
  -- Null for requests before there were projects.
  add column project_id    uuid,
  -- Fixed at admission; 0 when the model had no price.
  add column price_version integer not null default 0,
  -- Micro-units of the currency.
  add column cost_micros   bigint not null default 0 check (cost_micros >= 0),
  -- When it was booked; budgets count it then.
  add column settled_at    timestamptz,
  -- Booked at its last checkpoint because its server died; the rest is added should it come back.
  add column at_checkpoint boolean not null default false;

-- Neither tenants nor keys are ever deleted; looking for them again with each row took a tenth of
-- the time of a settlement.
alter table usage_records
  drop constraint usage_records_tenant_id_fkey,
  drop constraint usage_records_api_key_id_fkey;
