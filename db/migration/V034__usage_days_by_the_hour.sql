-- Days are added up hour by hour and not when they are over: reports that reach until now read the hours of the last three
-- or four instead of those of the last day or two, which of a thousand organizations are 50,000 rows.
--
-- `usage_days_closed.until` is therefore a full hour and no midnight any more. All hours before it are in the sums of their
-- days, none after it; the day that it lies in has a part of its sums.

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
    insert into usage_by_day_and_group as d
    select
      case when grouping(tenant_id) = 0 then 'tenant' when grouping(project_id) = 0 then 'project'
        when grouping(api_key_id) = 0 then 'key' when grouping(model) = 0 then 'model' else 'tier' end,
      date_trunc('day', hour, 'UTC'), coalesce(tenant_id::text, project_id::text, api_key_id::text, model, service_tier),
      sum(requests), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(compute_us),
      sum(amount_micros)
    from usage_hourly where hour >= closed and hour < target
    group by date_trunc('day', hour, 'UTC'), grouping sets (tenant_id, project_id, api_key_id, model, service_tier)
    order by 1, 2, 3
    on conflict (grouped_by, day, id) do update set
      requests = d.requests + excluded.requests,
      prompt_tokens = d.prompt_tokens + excluded.prompt_tokens,
      cached_tokens = d.cached_tokens + excluded.cached_tokens,
      completion_tokens = d.completion_tokens + excluded.completion_tokens,
      compute_us = d.compute_us + excluded.compute_us,
      amount_micros = d.amount_micros + excluded.amount_micros;
    update usage_days_closed set until = target;
  end if;
end $$;

-- What is booked into an hour that may be closed goes through the trigger. Hours are closed three hours after they ended
-- and this begins an hour after, so a booking that does not go through it has two hours to commit.
drop trigger usage_hourly_of_a_closed_day on usage_hourly;
create trigger usage_hourly_of_a_closed_day after insert or update on usage_hourly
  for each row when (new.hour < now() - interval '2 hours') execute function usage_of_a_closed_day();

-- Rows of the running day are updated every hour: room for that in their pages.
alter table usage_by_day set (fillfactor = 80);
alter table usage_by_day_and_group set (fillfactor = 80);

select close_usage_days(now() - interval '3 hours');
