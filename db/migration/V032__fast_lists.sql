-- What keeps the console's lists fast over millions of requests.

-- Sums of whole days of UTC, for reports over weeks and all organizations: hours would be a row for nearly every request
-- of a small key. Days are added up from the hours a day after they ended, so no request pays for it.
create table usage_by_day (
  day               timestamptz not null check (day = date_trunc('day', day, 'UTC')),
  tenant_id         uuid not null,
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
  primary key (tenant_id, day, project_id, api_key_id, model, service_tier)
);

create index usage_by_day_by_day on usage_by_day (day);

-- All days before this time are in these tables, none after it.
create table usage_days_closed (
  one   boolean primary key default true check (one),
  until timestamptz not null
);

insert into usage_days_closed (until) values ('1970-01-01 00:00:00Z');

-- The same by one thing at a time, of all organizations: what the operator's reports read, some rows a day for each.
create table usage_by_day_and_group (
  grouped_by        text not null check (grouped_by in ('tenant', 'project', 'key', 'model', 'tier')),
  day               timestamptz not null,
  id                text not null,
  requests          bigint not null,
  prompt_tokens     bigint not null,
  cached_tokens     bigint not null,
  completion_tokens bigint not null,
  compute_us        bigint not null,
  amount_micros     bigint not null,
  primary key (grouped_by, day, id)
);

-- Adds the days up that ended before a time. Whoever asks second waits and finds nothing to do.
create function close_usage_days(before timestamptz) returns void language plpgsql as $$
declare
  closed timestamptz;
  target timestamptz := date_trunc('day', before, 'UTC');
begin
  select until into closed from usage_days_closed for update;
  if target > closed then
    insert into usage_by_day
    select date_trunc('day', hour, 'UTC'), tenant_id, project_id, api_key_id, model, service_tier,
      sum(requests), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(compute_us),
      sum(amount_micros)
    from usage_hourly where hour >= closed and hour < target
    group by 1, 2, 3, 4, 5, 6
    order by 2, 1; -- as it is read
    insert into usage_by_day_and_group
    select
      case when grouping(tenant_id) = 0 then 'tenant' when grouping(project_id) = 0 then 'project'
        when grouping(api_key_id) = 0 then 'key' when grouping(model) = 0 then 'model' else 'tier' end,
      day, coalesce(tenant_id::text, project_id::text, api_key_id::text, model, service_tier),
      sum(requests), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(compute_us),
      sum(amount_micros)
    from usage_by_day where day >= closed and day < target
    group by day, grouping sets (tenant_id, project_id, api_key_id, model, service_tier)
    order by 1, 2, 3;
    update usage_days_closed set until = target;
  end if;
end $$;

-- What a server books into an hour of long ago, because its clock is wrong, counts in the day too. Days are closed 26
-- hours after they ended, so for those that can be closed this always runs.
create function usage_of_a_closed_day() returns trigger language plpgsql as $$
declare
  closed timestamptz;
  midnight timestamptz := date_trunc('day', new.hour, 'UTC');
  more usage_hourly := new;
begin
  select until into closed from usage_days_closed for share;
  if new.hour >= closed then
    return null;
  end if;
  if tg_op = 'UPDATE' then
    more.requests := new.requests - old.requests;
    more.prompt_tokens := new.prompt_tokens - old.prompt_tokens;
    more.cached_tokens := new.cached_tokens - old.cached_tokens;
    more.completion_tokens := new.completion_tokens - old.completion_tokens;
    more.compute_us := new.compute_us - old.compute_us;
    more.amount_micros := new.amount_micros - old.amount_micros;
  end if;
  insert into usage_by_day as d values (
    midnight, more.tenant_id, more.project_id, more.api_key_id, more.model, more.service_tier,
    more.requests, more.prompt_tokens, more.cached_tokens, more.completion_tokens, more.compute_us,
    more.amount_micros)
  on conflict (tenant_id, day, project_id, api_key_id, model, service_tier) do update set
    requests = d.requests + excluded.requests,
    prompt_tokens = d.prompt_tokens + excluded.prompt_tokens,
    cached_tokens = d.cached_tokens + excluded.cached_tokens,
    completion_tokens = d.completion_tokens + excluded.completion_tokens,
    compute_us = d.compute_us + excluded.compute_us,
    amount_micros = d.amount_micros + excluded.amount_micros;
  insert into usage_by_day_and_group as d
  select g.grouped_by, midnight, g.id, more.requests, more.prompt_tokens, more.cached_tokens,
    more.completion_tokens, more.compute_us, more.amount_micros
  from (values
    ('tenant', more.tenant_id::text), ('project', more.project_id::text),
    ('key', more.api_key_id::text), ('model', more.model), ('tier', more.service_tier)
  ) as g (grouped_by, id)
  order by g.grouped_by
  on conflict (grouped_by, day, id) do update set
    requests = d.requests + excluded.requests,
    prompt_tokens = d.prompt_tokens + excluded.prompt_tokens,
    cached_tokens = d.cached_tokens + excluded.cached_tokens,
    completion_tokens = d.completion_tokens + excluded.completion_tokens,
    compute_us = d.compute_us + excluded.compute_us,
    amount_micros = d.amount_micros + excluded.amount_micros;
  return null;
end $$;

create trigger usage_hourly_of_a_closed_day after insert or update on usage_hourly
  for each row when (new.hour < now() - interval '25 hours') execute function usage_of_a_closed_day();

select close_usage_days(now() - interval '26 hours');

-- Requests of a key, the newest first.
create index usage_records_by_key on usage_records (api_key_id, id desc);

-- Where a time begins among the requests: an index of ranges says which pages, not which row.
drop index usage_records_by_time;
create index usage_records_by_time on usage_records (settled_at);
