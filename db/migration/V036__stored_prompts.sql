-- Prompts and answers, of organizations that want them kept. No other table has a word of them.

alter table tenants
  -- Since when they are kept; null: they are not, and nothing of them is there.
  add column prompts_stored_since timestamptz,
  -- How long each is kept.
  add column prompt_retention_days integer not null default 30
    check (prompt_retention_days between 1 and 90);

create table stored_prompts (
  tenant_id    uuid not null references tenants,
  request_id   text not null,
  project_id   uuid not null,
  at           timestamptz not null,
  -- As the model read and wrote them, cut to 64 KiB of UTF-8 each; U+0000, which text cannot hold, is U+FFFD.
  prompts      text[] not null,
  answers      text[] not null,
  -- Before they were cut.
  prompt_bytes bigint not null,
  answer_bytes bigint not null,
  primary key (tenant_id, request_id)
);

-- What is too old, and what a tenant has.
create index stored_prompts_by_time on stored_prompts (tenant_id, at);
