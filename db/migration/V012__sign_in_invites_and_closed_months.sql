-- Whether the audit log has been told that this attempt is one of those that lock out.
alter table sign_in_attempts add column told boolean not null default false;

-- Projects that who accepts an invitation is put into.
create table invite_projects (
  invite_id  uuid not null references invites on delete cascade,
  tenant_id  uuid not null,
  project_id uuid not null,
  role       text not null check (role in ('owner', 'member')),
  primary key (invite_id, project_id),
  foreign key (tenant_id, project_id) references projects (tenant_id, id)
);

-- What the entries of a month that is over came to, by account. Entries are never changed nor added
-- to such a month, so it is summed up once and the check of the ledger reads no more than the rest.
create table ledger_months (
  month   date not null check (month = date_trunc('month', month)),
  account bigint not null,
  sum     numeric not null,
  primary key (month, account)
);

-- Months up to which all are summed up: its first instant bounds what is to be read.
create table ledger_closed (
  one   boolean primary key default true check (one),
  until date not null
);

insert into ledger_closed (until)
select date_trunc('month', coalesce(min(created_at), now()) at time zone 'UTC')::date
from ledger_entries;

-- Sums up months that ended two days ago: no transaction that books is as old. Returns how many.
create function ledger_close() returns integer language plpgsql as $$
declare
  l_until date;
  l_closed integer := 0;
begin
  select until into l_until from ledger_closed for update;
  while ((l_until + interval '1 month') at time zone 'UTC') < now() - interval '2 days' loop
    insert into ledger_months (month, account, sum)
    select l_until, account, sum(amount)
    from (
      select credit as account, amount from ledger_entries
      where created_at >= l_until::timestamp at time zone 'UTC'
        and created_at < (l_until + interval '1 month') at time zone 'UTC'
      union all
      select debit, -amount from ledger_entries
      where created_at >= l_until::timestamp at time zone 'UTC'
        and created_at < (l_until + interval '1 month') at time zone 'UTC'
    ) as sides
    group by account;
    l_until := l_until + interval '1 month';
    update ledger_closed set until = l_until;
    l_closed := l_closed + 1;
  end loop;
  return l_closed;
end $$;

-- The same as ledger_imbalance, of all months or of those only that are not closed.
create function ledger_differences(p_all boolean)
returns table (account bigint, tenant_id uuid, kind text, balance bigint, entries numeric)
language plpgsql stable as $$
declare
  l_from timestamptz := '-infinity';
begin
  if not p_all then
    select c.until::timestamp at time zone 'UTC' into l_from from ledger_closed c;
  end if;
  return query
  select coalesce(a.id, e.account), a.tenant_id, a.kind, a.balance, coalesce(e.sum, 0)
  from accounts a
  full join (
    select sides.account, sum(sides.amount) as sum
    from (
      select l.credit as account, l.amount::numeric as amount from ledger_entries l
      where l.created_at >= l_from
      union all
      select l.debit, -l.amount from ledger_entries l where l.created_at >= l_from
      union all
      select m.account, m.sum from ledger_months m where not p_all
    ) as sides
    group by sides.account
  ) as e on e.account = a.id
  where a.balance is distinct from coalesce(e.sum, 0);
end $$;

create trigger ledger_months_are_append_only before update or delete on ledger_months
  for each row execute function refuse_change();
