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

-- Adds settled requests, one element of each array for each, all settled at one time. To be called
-- once by the transaction that settles them. Rows are taken in the order of their keys, so that two
-- transactions never wait for each other in a circle.
create function roll_up_usage(
  settled_at timestamptz, tenants uuid[], time_zones text[], projects uuid[], keys uuid[],
  models text[], tiers text[], price_versions integer[], prompt bigint[], cached bigint[],
  completion bigint[], compute bigint[], amounts bigint[]
) returns void language plpgsql as $$
begin
  insert into usage_hourly as u
  select s.tenant, date_trunc('hour', settled_at, 'UTC'), s.project, s.key, s.model, s.tier,
         count(*), sum(s.prompt), sum(s.cached), sum(s.completion), sum(s.compute), sum(s.amount)
  from unnest(tenants, projects, keys, models, tiers, prompt, cached, completion, compute, amounts)
    as s (tenant, project, key, model, tier, prompt, cached, completion, compute, amount)
  group by s.tenant, s.project, s.key, s.model, s.tier
  order by s.tenant, s.project, s.key, s.model, s.tier
  on conflict (tenant_id, hour, project_id, api_key_id, model, service_tier) do update set
    requests          = u.requests + excluded.requests,
    prompt_tokens     = u.prompt_tokens + excluded.prompt_tokens,
    cached_tokens     = u.cached_tokens + excluded.cached_tokens,
    completion_tokens = u.completion_tokens + excluded.completion_tokens,
    compute_us        = u.compute_us + excluded.compute_us,
    amount_micros     = u.amount_micros + excluded.amount_micros;

  insert into usage_daily as u
  select s.tenant, (settled_at at time zone s.zone)::date, s.project, s.model, s.version,
         count(*), sum(s.prompt), sum(s.cached), sum(s.completion), sum(s.compute), sum(s.amount)
  from unnest(tenants, time_zones, projects, models, price_versions, prompt, cached, completion, compute, amounts)
    as s (tenant, zone, project, model, version, prompt, cached, completion, compute, amount)
  group by s.tenant, (settled_at at time zone s.zone)::date, s.project, s.model, s.version
  order by 1, 2, 3, 4, 5
  on conflict (tenant_id, day, project_id, model, price_version) do update set
    requests          = u.requests + excluded.requests,
    prompt_tokens     = u.prompt_tokens + excluded.prompt_tokens,
    cached_tokens     = u.cached_tokens + excluded.cached_tokens,
    completion_tokens = u.completion_tokens + excluded.completion_tokens,
    compute_us        = u.compute_us + excluded.compute_us,
    amount_micros     = u.amount_micros + excluded.amount_micros;
end $$;

-- Usage by the minute is read from the requests themselves, for short times only.
create index usage_records_by_time on usage_records (tenant_id, created_at);
