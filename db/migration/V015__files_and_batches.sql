-- Files that clients store, and batches of requests that are made of them and run when there is room.

create table batches (
  id                text primary key,
  tenant_id         uuid not null references tenants,
  project_id        uuid not null references projects,
  -- The key that asked; what runs is on its account, and stops when it is revoked.
  key_id            uuid not null references api_keys,
  endpoint          text not null,
  input_file_id     text not null,
  completion_window text not null,
  metadata          text not null default '{}',
  -- What was wrong with the input, as JSON; only of a batch that failed.
  errors            text,
  status            text not null check (status in
    ('in_progress', 'failed', 'cancelling', 'cancelled', 'completed', 'expired')),
  total             integer not null,
  created_at        timestamptz not null default now(),
  -- When what has not been run by then is given up.
  expires_at        timestamptz not null,
  cancelling_at     timestamptz,
  ended_at          timestamptz,
  -- Which server runs it, until when unless it says otherwise; any may take it after that.
  leased_until      timestamptz not null default '-infinity',
  -- Batches take turns: who was served longest ago is next, and not before it may be tried again.
  served_at         timestamptz not null default now(),
  not_before        timestamptz not null default '-infinity'
);

create index batches_by_project on batches (project_id, created_at, id);
create index batches_to_run on batches (served_at) where ended_at is null;

create table batch_lines (
  batch_id  text not null references batches on delete cascade,
  line      integer not null,
  custom_id text not null,
  -- JSON as text, because jsonb cannot hold every text that a model may write (U+0000).
  request   text,
  -- The line of the output file, or of the error file; null until it has been run.
  result    text,
  failed    boolean not null default false,
  primary key (batch_id, line)
);

create index batch_lines_to_run on batch_lines (batch_id, line) where result is null and request is not null;

create table files (
  id         text primary key,
  tenant_id  uuid not null references tenants,
  project_id uuid not null references projects,
  filename   text not null check (length(filename) <= 500),
  purpose    text not null check (purpose in ('batch', 'batch_output')),
  bytes      bigint not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  content    bytea,
  -- Instead of a content: the results of a batch, those that failed or the others.
  batch_id   text references batches on delete cascade,
  of_failed  boolean,
  check ((content is null) = (batch_id is not null))
);

create index files_by_project on files (project_id, created_at, id);
create index files_by_expiry on files (expires_at);
create unique index files_of_batches on files (batch_id, of_failed) where batch_id is not null;
