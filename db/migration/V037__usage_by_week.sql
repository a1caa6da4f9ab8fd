-- Weeks beside the days: what all organizations used in a month is then four or five sums of a key and some days at the
-- edges, and not thirty. Kept as days are, by whoever adds hours up, so no request pays for it.

-- From Monday of UTC. As the sums of days they are of all hours before `usage_days_closed.until`, also those of its week.
create table usage_by_week_and_group (
  grouped_by        text not null check (grouped_by in ('tenant', 'project', 'key', 'model', 'tier')),
  week              timestamptz not null check (week = date_trunc('week', week, 'UTC')),
  id                text not null,
  requests          bigint not null,
  prompt_tokens     bigint not null,
  cached_tokens     bigint not null,
  completion_tokens bigint not null,
  compute_us        bigint not null,
  amount_micros     bigint not null,
  primary key (grouped_by, week, id)
) with (fillfactor = 80); -- rows of the running week are updated every hour

-- The row is locked before days are read, which no late booking can then change.
select until from usage_days_closed for update;

insert into usage_by_week_and_group
select grouped_by, date_trunc('week', day, 'UTC'), id, sum(requests), sum(prompt_tokens), sum(cached_tokens),
  sum(completion_tokens), sum(compute_us), sum(amount_micros)
from usage_by_day_and_group
group by 1, 2, 3
order by 1, 2, 3; -- as it is read

-- The days of some groups: what charts and exported files show. By the primary key each would be looked for in each day.
create index usage_by_day_of_group on usage_by_day_and_group (grouped_by, id, day);

-- Adds the hours up that ended before a time. Whoever asks second waits and finds nothing to do.
create or replace function close_usage_days(before timestamptz) returns void language plpgsql as $$
declare
  closed timestamptz;
  target timestamptz := date_trunc('hour', before, 'UTC');
begin
  select until into closed from usage_days_closed for update;
  if target > closed then
    insert into usage_by_day as d
    select date_trunc('day', hour, 'UTC'), tenant_id, project_id, api_key_id, model, service_tier,
      sum(requests), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(compute_us),
      sum(amount_micros)
    from usage_hourly where hour >= closed and hour < target
    group by 1, 2, 3, 4, 5, 6
    order by 2, 1 -- as it is read
    on conflict (tenant_id, day, project_id, api_key_id, model, service_tier) do update set
      requests = d.requests + excluded.requests,
      prompt_tokens = d.prompt_tokens + excluded.prompt_tokens,
      cached_tokens = d.cached_tokens + excluded.cached_tokens,
      completion_tokens = d.completion_tokens + excluded.completion_tokens,
      compute_us = d.compute_us + excluded.compute_us,
      amount_micros = d.amount_micros + excluded.amount_micros;
    with more as materialized (
      select
        case when grouping(tenant_id) = 0 then 'tenant' when grouping(project_id) = 0 then 'project'
          when grouping(api_key_id) = 0 then 'key' when grouping(model) = 0 then 'model' else 'tier' end as grouped_by,
        date_trunc('day', hour, 'UTC') as day,
        coalesce(tenant_id::text, project_id::text, api_key_id::text, model, service_tier) as id,
        sum(requests) as requests, sum(prompt_tokens) as prompt_tokens, sum(cached_tokens) as cached_tokens,
        sum(completion_tokens) as completion_tokens, sum(compute_us) as compute_us, sum(amount_micros) as amount_micros
      from usage_hourly where hour >= closed and hour < target
      group by date_trunc('day', hour, 'UTC'), grouping sets (tenant_id, project_id, api_key_id, model, service_tier)
    ), days as (
      insert into usage_by_day_and_group as d
      select * from more
      order by grouped_by, day, id
      on conflict (grouped_by, day, id) do update set
        requests = d.requests + excluded.requests,
        prompt_tokens = d.prompt_tokens + excluded.prompt_tokens,
        cached_tokens = d.cached_tokens + excluded.cached_tokens,
        completion_tokens = d.completion_tokens + excluded.completion_tokens,
        compute_us = d.compute_us + excluded.compute_us,
        amount_micros = d.amount_micros + excluded.amount_micros
    )
    insert into usage_by_week_and_group as w
    select grouped_by, date_trunc('week', day, 'UTC'), id, sum(requests), sum(prompt_tokens), sum(cached_tokens),
      sum(completion_tokens), sum(compute_us), sum(amount_micros)
    from more
    group by 1, 2, 3
    order by 1, 2, 3
    on conflict (grouped_by, week, id) do update set
      requests = w.requests + excluded.requests,
      prompt_tokens = w.prompt_tokens + excluded.prompt_tokens,
      cached_tokens = w.cached_tokens + excluded.cached_tokens,
      completion_tokens = w.completion_tokens + excluded.completion_tokens,
      compute_us = w.compute_us + excluded.compute_us,
      amount_micros = w.amount_micros + excluded.amount_micros;
    update usage_days_closed set until = target;
  end if;
end $$;

-- What a server books into an hour that is added up counts in its day and week too.
create or replace function usage_of_a_closed_day() returns trigger language plpgsql as $$
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
  insert into usage_by_week_and_group as w
  select g.grouped_by, date_trunc('week', midnight, 'UTC'), g.id, more.requests, more.prompt_tokens,
    more.cached_tokens, more.completion_tokens, more.compute_us, more.amount_micros
  from (values
    ('tenant', more.tenant_id::text), ('project', more.project_id::text),
    ('key', more.api_key_id::text), ('model', more.model), ('tier', more.service_tier)
  ) as g (grouped_by, id)
  order by g.grouped_by
  on conflict (grouped_by, week, id) do update set
    requests = w.requests + excluded.requests,
    prompt_tokens = w.prompt_tokens + excluded.prompt_tokens,
    cached_tokens = w.cached_tokens + excluded.cached_tokens,
    completion_tokens = w.completion_tokens + excluded.completion_tokens,
    compute_us = w.compute_us + excluded.compute_us,
    amount_micros = w.amount_micros + excluded.amount_micros;
  return null;
end $$;
