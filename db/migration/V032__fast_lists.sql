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

-- All days before this time are in usage_by_day, none after it.
create table usage_days_closed (
  one   boolean primary key default true check (one),
  until timestamptz not null
);

insert into usage_days_closed (until) values ('1970-01-01 00:00:00Z');

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
    group by 1, 2, 3, 4, 5, 6;
    update usage_days_closed set until = target;
  end if;
end $$;

-- What a server books into an hour of long ago, because its clock is wrong, counts in the day too. Days are closed 26
-- hours after they ended, so for those that can be closed this always runs.
create function usage_of_a_closed_day() returns trigger language plpgsql as $$
declare
  closed timestamptz;
begin
  select until into closed from usage_days_closed for share;
  if new.hour < closed then
    insert into usage_by_day as d values (
      date_trunc('day', new.hour, 'UTC'), new.tenant_id, new.project_id, new.api_key_id, new.model,
      new.service_tier, new.requests, new.prompt_tokens, new.cached_tokens, new.completion_tokens,
      new.compute_us, new.amount_micros)
    on conflict (tenant_id, day, project_id, api_key_id, model, service_tier) do update set
      requests = d.requests + excluded.requests,
      prompt_tokens = d.prompt_tokens + excluded.prompt_tokens,
      cached_tokens = d.cached_tokens + excluded.cached_tokens,
      completion_tokens = d.completion_tokens + excluded.completion_tokens,
      compute_us = d.compute_us + excluded.compute_us,
      amount_micros = d.amount_micros + excluded.amount_micros;
    if tg_op = 'UPDATE' then
      update usage_by_day d set
        requests = d.requests - old.requests,
        prompt_tokens = d.prompt_tokens - old.prompt_tokens,
        cached_tokens = d.cached_tokens - old.cached_tokens,
        completion_tokens = d.completion_tokens - old.completion_tokens,
        compute_us = d.compute_us - old.compute_us,
        amount_micros = d.amount_micros - old.amount_micros
      where d.tenant_id = old.tenant_id and d.day = date_trunc('day', old.hour, 'UTC')
        and d.project_id = old.project_id and d.api_key_id = old.api_key_id and d.model = old.model
        and d.service_tier = old.service_tier;
    end if;
  end if;
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
