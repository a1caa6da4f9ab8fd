-- People, what they may do in which organization, and the log of what was done.

create table people (
  id            uuid primary key default gen_random_uuid(),
  -- In lower case: one person an address.
  email         text not null unique check (email = lower(email) and length(email) between 3 and 254),
  name          text not null check (length(name) between 1 and 100),
  -- Argon2id in its own notation; null: signs in by OpenID Connect only.
  password_hash text,
  -- Operates the installation: every organization and its plans.
  operator      boolean not null default false,
  created_at    timestamptz not null default now()
);

create table memberships (
  person_id  uuid not null references people,
  tenant_id  uuid not null references tenants,
  role       text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (tenant_id, person_id)
);

create index memberships_by_person on memberships (person_id);

-- Who works in a project; those who administer the organization need not stand here.
create table project_members (
  project_id uuid not null,
  tenant_id  uuid not null,
  person_id  uuid not null,
  role       text not null check (role in ('owner', 'member')),
  created_at timestamptz not null default now(),
  primary key (project_id, person_id),
  foreign key (tenant_id, project_id) references projects (tenant_id, id),
  foreign key (tenant_id, person_id) references memberships (tenant_id, person_id)
    on delete cascade
);

create index project_members_by_person on project_members (tenant_id, person_id);

create table sessions (
  -- HMAC-SHA-256 of the cookie's token under the server's pepper.
  hash       bytea primary key check (length(hash) = 32),
  person_id  uuid not null references people on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);

create index sessions_by_person on sessions (person_id);
create index sessions_by_end on sessions (expires_at);

-- Attempts to sign in that did not succeed, or not yet: what locks out who guesses. The account is
-- a keyed hash, since people type passwords into the wrong field.
create table sign_in_attempts (
  id      bigint generated always as identity primary key,
  account bytea not null,
  address text not null,
  at      timestamptz not null default now()
);

create index sign_in_attempts_by_account on sign_in_attempts (account, at);
create index sign_in_attempts_by_address on sign_in_attempts (address, at);
create index sign_in_attempts_by_time on sign_in_attempts (at);

create table invites (
  id          uuid primary key default gen_random_uuid(),
  tenant_id   uuid not null references tenants,
  email       text not null check (email = lower(email) and length(email) between 3 and 254),
  role        text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  -- HMAC-SHA-256 of the secret by which it is accepted.
  hash        bytea not null unique check (length(hash) = 32),
  created_at  timestamptz not null default now(),
  expires_at  timestamptz not null,
  accepted_at timestamptz
);

create index invites_by_tenant on invites (tenant_id, created_at, id);
create index invites_by_email on invites (email);

create table service_accounts (
  id         uuid primary key default gen_random_uuid(),
  tenant_id  uuid not null,
  project_id uuid not null,
  name       text not null check (length(name) between 1 and 100),
  role       text not null default 'member' check (role in ('owner', 'member')),
  created_at timestamptz not null default now(),
  deleted_at timestamptz,
  foreign key (tenant_id, project_id) references projects (tenant_id, id),
  unique (project_id, id)
);

create index service_accounts_by_project on service_accounts (project_id, created_at, id);

alter table api_keys
  add column service_account_id uuid,
  -- The person that made it; null for the operator, other keys and those of service accounts.
  add column created_by         uuid references people on delete set null,
  add foreign key (project_id, service_account_id) references service_accounts (project_id, id);

create table audit_log (
  id         bigint generated always as identity primary key,
  -- Null for what concerns the installation and no organization.
  tenant_id  uuid references tenants,
  project_id uuid,
  at         timestamptz not null default now(),
  actor_kind text not null check (actor_kind in ('api_key', 'person', 'operator', 'nobody')),
  actor_id   uuid,
  actor_name text,
  -- Such as project.created.
  action     text not null,
  object_id  text,
  -- What the object was and is, as its endpoint shows it: no secret stands there.
  before     jsonb,
  after      jsonb,
  request_id text,
  address    text,
  user_agent text
);

create index audit_log_by_tenant on audit_log (tenant_id, id desc);
create index audit_log_by_action on audit_log (tenant_id, action, id desc);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger audit_log_is_append_only before update or delete on audit_log
  for each row execute function refuse_change();

create trigger audit_log_is_not_truncated before truncate on audit_log
  for each statement execute function refuse_change();
