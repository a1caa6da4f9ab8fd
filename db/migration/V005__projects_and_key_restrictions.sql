-- Tenants are organizations: they have projects, and keys belong to a project.

alter table tenants
  -- IANA name; calendar days and months of budgets and invoices are of this zone.
  add column time_zone text not null default 'UTC',
  -- Keys of a suspended tenant are refused.
  add column status    text not null default 'active' check (status in ('active', 'suspended'));

create table projects (
  id          uuid primary key default gen_random_uuid(),
  tenant_id   uuid not null references tenants,
  name        text not null check (length(name) between 1 and 100),
  -- The one that every tenant has from the start; it cannot be archived.
  is_default  boolean not null default false,
  status      text not null default 'active' check (status in ('active', 'archived')),
  -- Models that keys of the project may call: only those listed, or all but those; null: all.
  model_mode  text check (model_mode in ('allow_list', 'deny_list')),
  model_ids   text[] not null default '{}',
  created_at  timestamptz not null default now(),
  archived_at timestamptz,
  unique (tenant_id, id),
  check ((status = 'archived') = (archived_at is not null)),
  check (not (is_default and status = 'archived'))
);

create unique index projects_default on projects (tenant_id) where is_default;
create index projects_by_tenant on projects (tenant_id, created_at, id);

insert into projects (tenant_id, name, is_default, created_at)
select id, 'default', true, created_at from tenants;

alter table api_keys
  -- Null for the operator's keys and for those that administer an organization.
  add column project_id     uuid,
  add column scopes         text[] not null default '{}'
    check (scopes <@ array['inference', 'usage:read', 'admin']),
  -- Models that the key may call, beside what its project says; null: no rule of its own.
  add column allowed_models text[],
  add column denied_models  text[],
  -- Networks that the key may be used from; null: any.
  add column allowed_cidrs  cidr[],
  -- The key that took its place by rotation; this one ends at expires_at then.
  add column rotated_to     uuid references api_keys;

update api_keys k
set project_id = p.id, scopes = array['inference', 'usage:read']
from projects p
where k.role = 'tenant' and p.tenant_id = k.tenant_id and p.is_default;

alter table api_keys
  add foreign key (tenant_id, project_id) references projects (tenant_id, id),
  add check (project_id is not null or not 'inference' = any (scopes)),
  add check (project_id is null or not 'admin' = any (scopes)),
  add check (role = 'tenant' or cardinality(scopes) = 0);

create index api_keys_by_project on api_keys (project_id, created_at, id);

-- What authentication keeps in memory is told to every replica when it changes: the public id of a
-- key, or * for whatever concerns many.

create function notify_authentication() returns trigger language plpgsql as $$
begin
  perform pg_notify('penstock_authentication', coalesce(to_jsonb(old) ->> 'public_id', '*'));
  return null;
end $$;

create trigger api_keys_changed
  after update of hash, role, tenant_id, project_id, scopes, allowed_models, denied_models,
    allowed_cidrs, expires_at, revoked_at or delete on api_keys
  for each row execute function notify_authentication();

create trigger projects_changed after update on projects
  for each statement execute function notify_authentication();

create trigger tenants_changed after update on tenants
  for each statement execute function notify_authentication();

create trigger plans_changed after update on plans
  for each statement execute function notify_authentication();
