-- A thousand organizations with a million requests of the last thirty days: what the console's lists are measured on.
-- Sums are made from the requests, so that they equal them.

insert into tenants (name, created_at)
select 'tenant-' || lpad(n::text, 4, '0'), now() - interval '40 days' from generate_series(1, 1000) as n;

insert into projects (tenant_id, name, is_default)
select id, 'default', true from tenants t where name like 'tenant-%'
  and not exists (select from projects p where p.tenant_id = t.id);

insert into api_keys (public_id, hash, role, tenant_id, project_id, name, origin, scopes, created_at)
select 'seed' || lpad(row_number() over ()::text, 8, '0'), sha256(convert_to(t.id::text || k, 'UTF8')), 'tenant', t.id, p.id,
  'key-' || k, 'admin', array['inference', 'usage:read'], now() - interval '35 days'
from tenants t join projects p on p.tenant_id = t.id and p.is_default, generate_series(1, 3) as k
where t.name like 'tenant-%';

create temporary table seed_keys as
select row_number() over () as n, k.id, k.tenant_id, k.project_id from api_keys k join tenants t on t.id = k.tenant_id
where t.name like 'tenant-%';
create index on seed_keys (n);

insert into usage_records (request_id, tenant_id, api_key_id, project_id, model, endpoint, streamed, choices,
  prompt_tokens, cached_tokens, completion_tokens, finish_reason, queued_us, first_token_us, total_us, created_at,
  service_tier, compute_us, settled_at, cost_micros)
select 'req_seed' || lpad(s::text, 24, '0'), k.tenant_id, k.id, k.project_id,
  case when m < 70 then 'model-a' when m < 95 then 'model-b' else 'model-c' end, '/v1/chat/completions', true, 1,
  100 + s % 900, s % 100, 20 + s % 400,
  case when f < 75 then 'stop' when f < 95 then 'length' when f < 99 then 'cancelled' else 'error' end,
  (s % 1000) * 100, 50000 + (s % 1000) * 1000, 500000 + (s % 1000) * 5000,
  now() - interval '30 days' * (1 - s / 1000000.0),
  case when r < 80 then 'default' when r < 95 then 'flex' else 'priority' end, 10000 + s % 90000,
  now() - interval '30 days' * (1 - s / 1000000.0), 50 + s % 500
from (
  select s, abs(hashint4(s)) % 100 as m, abs(hashint4(s + 1000000)) % 100 as f, abs(hashint4(s + 2000000)) % 100 as r
  from generate_series(1, 1000000) as s
) as n
-- The square makes few tenants use most, as they do.
join seed_keys k on k.n = 1 + floor(3000 * power(((s::bigint * 7919) % 1000000) / 1000000.0, 2))::bigint
order by s;

alter table usage_hourly disable trigger usage_hourly_of_a_closed_day;
insert into usage_hourly
select tenant_id, date_trunc('hour', settled_at, 'UTC'), project_id, api_key_id, model, service_tier,
  count(*), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(compute_us), sum(cost_micros),
  'completions'
from usage_records where request_id like 'req_seed%'
group by 1, 2, 3, 4, 5, 6
order by 2; -- as servers write them
alter table usage_hourly enable trigger usage_hourly_of_a_closed_day;

-- Days and weeks are added up anew, as if the server had been there all the time.
delete from usage_by_day;
delete from usage_by_day_and_group;
delete from usage_by_week_and_group;
update usage_days_closed set until = '1970-01-01 00:00:00Z';
select close_usage_days(now() - interval '3 hours');

insert into usage_daily
select tenant_id, (settled_at at time zone 'UTC')::date, project_id, model, price_version,
  count(*), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(compute_us), sum(cost_micros)
from usage_records where request_id like 'req_seed%'
group by 1, 2, 3, 4, 5;

insert into audit_log (tenant_id, at, actor_kind, action, object_id)
select tenant_id, now() - interval '1 day', 'operator', 'api_key.created', id::text from seed_keys;

analyze;
