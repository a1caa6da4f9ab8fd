-- Answers of /v1/responses that clients may go on from, until they expire.

create table responses (
  id          text primary key check (length(id) <= 100),
  tenant_id   uuid not null references tenants,
  -- Nobody but keys of this project sees it.
  project_id  uuid not null references projects,
  -- The one that it goes on from. No reference: that one may be deleted or expire before.
  previous_id text,
  created_at  timestamptz not null default now(),
  expires_at  timestamptz not null,
  -- JSON as text, because jsonb cannot hold every text that a model may write (U+0000).
  input       text not null,
  response    text not null
);

create index responses_by_project on responses (project_id, created_at);
create index responses_by_expiry on responses (expires_at);
