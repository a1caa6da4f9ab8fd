-- Plans: what a tenant may ask for, and how the machine is shared between tenants.

create table plans (
  name                         text primary key
    check (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  -- Tiers that requests may name, and the one that `auto` takes, which must do for interactive calls.
  tiers                        text[] not null
    check (cardinality(tiers) >= 1 and tiers <@ array['priority', 'default', 'flex', 'batch']),
  auto_tier                    text not null,
  -- Share of a tier beside other tenants that wait, relative to theirs.
  weight                       double precision not null default 1
    check (weight between 0.015625 and 64),
  -- Tenants of plans that name the same group share cached prefixes; null: each has its own only.
  cache_group                  text check (cache_group ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  -- Bounds of what a tenant may have waiting in a tier, and of what it may have generated in a
  -- minute; null: none of the plan's own.
  max_queued_requests          integer check (max_queued_requests >= 1),
  max_queued_tokens            bigint check (max_queued_tokens >= 1),
  max_output_tokens_per_minute bigint check (max_output_tokens_per_minute >= 1),
  created_at                   timestamptz not null default now(),
  check (auto_tier = any (tiers) and auto_tier <> 'batch')
);

insert into plans (name, tiers, auto_tier)
values ('standard', array['default', 'flex', 'batch'], 'default');

alter table tenants add column plan text not null default 'standard' references plans;

create index tenants_by_plan on tenants (plan);
