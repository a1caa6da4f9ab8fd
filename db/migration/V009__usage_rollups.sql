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

-- Usage by the minute is read from the requests themselves, for short times only.
create index usage_records_by_time on usage_records (tenant_id, created_at);
