-- One row for each request that reached an engine, written once, however the request ended.

create table usage_records (
  id                bigint generated always as identity primary key,
  request_id        text not null unique,
  tenant_id         uuid not null references tenants,
  api_key_id        uuid not null references api_keys,
  model             text not null,
  endpoint          text not null,
  streamed          boolean not null,
  -- Completions generated: prompts times n.
  choices           integer not null check (choices >= 1),
  prompt_tokens     integer not null check (prompt_tokens >= 0),
  cached_tokens     integer not null check (cached_tokens between 0 and prompt_tokens),
  completion_tokens integer not null check (completion_tokens >= 0),
  -- The gravest of the choices': error, cancelled, length, stop; or rejected.
  finish_reason     text not null
    check (finish_reason in ('stop', 'length', 'cancelled', 'error', 'rejected')),
  -- Microseconds from submission to the engine; first_token_us is null when there was no token.
  queued_us         bigint not null check (queued_us >= 0),
  first_token_us    bigint check (first_token_us >= 0),
  total_us          bigint not null check (total_us >= 0),
  created_at        timestamptz not null
);

create index usage_records_by_tenant on usage_records (tenant_id, id desc);
