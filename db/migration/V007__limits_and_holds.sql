-- Limits, what counts against them, prices, and the requests that hold a part of them while they run.

-- What models cost from a time on, in micro-units of the currency; a price is never changed, a new
-- version takes its place.
create table prices (
  model                    text not null,
  version                  integer not null check (version >= 1),
  valid_from               timestamptz not null,
  -- For a million tokens.
  prompt                   bigint not null check (prompt between 0 and 10000000000),
  cached                   bigint not null check (cached between 0 and 10000000000),
  completion               bigint not null check (completion between 0 and 10000000000),
  -- For a second of the device, and how much of it a token is charged for at most: what a request
  -- can cost is thereby known before it runs.
  compute_second           bigint not null default 0 check (compute_second between 0 and 10000000000),
  max_compute_us_per_token bigint not null default 0
    check (max_compute_us_per_token between 0 and 1000000),
  created_at               timestamptz not null default now(),
  primary key (model, version),
  unique (model, valid_from)
);

create table limits (
  -- A plan's limits are defaults for each organization, project or key of the organizations on it.
  scope      text not null
    check (scope in ('plan', 'plan_project', 'plan_key', 'organization', 'project', 'key')),
  -- Name of the plan, or id of the organization, project or key.
  scope_id   text not null,
  -- Empty for all models together.
  model      text not null default '',
  kind       text not null check (kind in (
    'requests_per_minute', 'requests_per_day', 'tokens_per_minute', 'tokens_per_day',
    'tokens_per_month', 'output_tokens_per_minute', 'spend_per_day', 'spend_per_month',
    'concurrent_requests', 'max_context_tokens', 'max_output_tokens', 'credit')),
  value      bigint not null check (value between 0 and 1000000000000000),
  -- A request that wants more than is left gets what is left, and its answer ends there.
  partial    boolean not null default false,
  updated_at timestamptz not null default now(),
  primary key (scope, scope_id, model, kind)
);

-- Grows with every change of limits and prices. Admissions read it in their transaction, under a
-- shared advisory lock that a change takes alone: whatever is admitted after a change is committed
-- was decided by it, on every replica.
create table admission_version (
  one     boolean primary key default true check (one),
  version bigint not null
);

insert into admission_version (version) values (1);

create function admission_changed() returns trigger language plpgsql as $$
begin
  -- Whoever falls silent with this lock must not keep everybody from being admitted.
  perform set_config('idle_in_transaction_session_timeout', '5s', true);
  perform pg_advisory_xact_lock(7014, 1);
  update admission_version set version = version + 1;
  return null;
end $$;

create trigger limits_changed after insert or update or delete on limits
  for each statement execute function admission_changed();

create trigger prices_changed after insert or update or delete on prices
  for each statement execute function admission_changed();

-- What a subject has used and what its running requests hold. Three rows count every request (its
-- organization's, project's and key's, with an empty model); others those of the models that are
-- limited by themselves, from when they are.
create table counters (
  id              bigint generated always as identity primary key,
  scope           text not null check (scope in ('organization', 'project', 'key')),
  scope_id        uuid not null,
  model           text not null default '',
  running         integer not null default 0,
  held_tokens     bigint not null default 0,
  held_output     bigint not null default 0,
  held_money      bigint not null default 0,
  -- Windows of the calendar in the organization's time zone, by their first day since 1970.
  day             bigint not null default 0,
  day_requests    bigint not null default 0,
  day_tokens      bigint not null default 0,
  day_money       bigint not null default 0,
  month           bigint not null default 0,
  month_requests  bigint not null default 0,
  month_tokens    bigint not null default 0,
  month_money     bigint not null default 0,
  -- The last minute in slices of a second: see SlidingMinute.
  minute_requests bytea not null default '',
  minute_tokens   bytea not null default '',
  minute_output   bytea not null default '',
  unique (scope, scope_id, model),
  -- Whatever the code does, nothing is given back twice.
  check (running >= 0 and held_tokens >= 0 and held_output >= 0 and held_money >= 0)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- Servers. One that does not beat is dead: its requests are settled by another, and it is fenced so
-- that it can admit nothing should it only have slept.
create table replicas (
  id         uuid primary key,
  name       text not null,
  started_at timestamptz not null default now(),
  beat       bigint not null default 0,
  beat_at    timestamptz not null default now(),
  fenced_at  timestamptz
) with (fillfactor = 50);

-- Requests that run. Settled by deleting the row: who deletes it books it, so it happens once.
create table holds (
  request_id        text primary key,
  replica_id        uuid not null,
  tenant_id         uuid not null,
  project_id        uuid not null,
  key_id            uuid not null,
  model             text not null,
  endpoint          text not null,
  streamed          boolean not null,
  choices           integer not null,
  service_tier      text not null,
  time_zone         text not null,
  price_version     integer not null,
  prompt_tokens     integer not null,
  -- Those that hold it, and how much each.
  counters          bigint[] not null,
  tokens            bigint not null,
  output            bigint not null,
  money             bigint not null,
  -- Generated so far, at most a second or 64 tokens ago.
  checkpoint_tokens integer not null default 0,
  received_at       timestamptz not null,
  admitted_at       timestamptz not null
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
