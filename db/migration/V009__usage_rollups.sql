-- Sums of what was settled, kept up to date by the transaction that settles, so that nobody who asks
-- what was used reads request by request. Added up they equal the usage rows, always.

-- By hour of UTC: what the usage and cost queries read.
create table usage_hourly (
  tenant_id         uuid not null,
  hour              timestamptz not null check (hour = date_trunc('hour', hour, 'UTC')),
  project_id        uuid not null,
  api_key_id        uuid not null,
  model             text not null,
  service_tier      text not null,
  requests          bigint not null,
  prompt_tokens     bigint not null,
  cached_tokens     bigint not null,
  completion_tokens bigint not null,
  compute_us        bigint not null,
  -- Micro-units of the currency.
  amount_micros     bigint not null,
  primary key (tenant_id, hour, project_id, api_key_id, model, service_tier)
) with (fillfactor = 70); -- room for updates in place: no index is touched then

-- By day of the tenant's own calendar: what invoices read.
create table usage_daily (
  tenant_id         uuid not null,
  day               date not null,
  project_id        uuid not null,
  model             text not null,
  price_version     integer not null,
  requests          bigint not null,
  prompt_tokens     bigint not null,
  cached_tokens     bigint not null,
  completion_tokens bigint not null,
  compute_us        bigint not null,
  amount_micros     bigint not null,
  primary key (tenant_id, day, project_id, model, price_version)
) with (fillfactor = 70);

-- What was used before there were sums.
update usage_records u set settled_at = u.created_at, project_id = k.project_id
from api_keys k where k.id = u.api_key_id and u.settled_at is null;

insert into usage_hourly
select tenant_id, date_trunc('hour', settled_at, 'UTC'), project_id, api_key_id, model, service_tier,
  count(*), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(compute_us),
  sum(cost_micros)
from usage_records
group by 1, 2, 3, 4, 5, 6;

insert into usage_daily
select u.tenant_id, (settled_at at time zone t.time_zone)::date, project_id, model, price_version,
  count(*), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(compute_us),
  sum(cost_micros)
from usage_records u join tenants t on t.id = u.tenant_id
group by 1, 2, 3, 4, 5;

-- Usage by the minute is read from the requests themselves, for short times only. They lie on disk
-- in the order in which they were settled, which makes this index small and nearly free to keep.
create index usage_records_by_time on usage_records using brin (settled_at)
  with (pages_per_range = 16, autosummarize = on);
