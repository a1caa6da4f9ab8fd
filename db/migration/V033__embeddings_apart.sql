-- Embeddings are reported apart from completions, so the hours' sums tell them apart.

alter table usage_hourly add column operation text not null default 'completions'
  check (operation in ('completions', 'embeddings'));
alter table usage_hourly alter column operation drop default;
alter table usage_hourly drop constraint usage_hourly_pkey;
alter table usage_hourly add primary key
  (tenant_id, hour, project_id, api_key_id, model, service_tier, operation);

-- What was embedded before stands among the completions: it moves.
with e as (
  select tenant_id, date_trunc('hour', settled_at, 'UTC') as hour, project_id, api_key_id, model,
    service_tier, count(*) as requests, sum(prompt_tokens) as prompt, sum(cached_tokens) as cached,
    sum(completion_tokens) as completion, sum(compute_us) as compute, sum(cost_micros) as amount
  from usage_records where endpoint = '/v1/embeddings'
  group by 1, 2, 3, 4, 5, 6
), less as (
  update usage_hourly u set
    requests = u.requests - e.requests,
    prompt_tokens = u.prompt_tokens - e.prompt,
    cached_tokens = u.cached_tokens - e.cached,
    completion_tokens = u.completion_tokens - e.completion,
    compute_us = u.compute_us - e.compute,
    amount_micros = u.amount_micros - e.amount
  from e
  where u.tenant_id = e.tenant_id and u.hour = e.hour and u.project_id = e.project_id
    and u.api_key_id = e.api_key_id and u.model = e.model and u.service_tier = e.service_tier
)
insert into usage_hourly (tenant_id, hour, project_id, api_key_id, model, service_tier, requests,
  prompt_tokens, cached_tokens, completion_tokens, compute_us, amount_micros, operation)
select tenant_id, hour, project_id, api_key_id, model, service_tier, requests, prompt, cached,
  completion, compute, amount, 'embeddings'
from e;

delete from usage_hourly
where operation = 'completions' and requests = 0 and prompt_tokens = 0 and completion_tokens = 0
  and compute_us = 0 and amount_micros = 0;
