-- Tenants, and the keys by which their applications and the operator prove who they are.

create table tenants (
  id         uuid primary key default gen_random_uuid(),
  name       text not null unique check (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  created_at timestamptz not null default now()
);

create table api_keys (
  id           uuid primary key default gen_random_uuid(),
  -- Part of the key that is no secret; by it a key is found.
  public_id    text not null unique,
  -- HMAC-SHA-256 of the whole key under the server's pepper; the key itself is kept nowhere.
  hash         bytea not null check (length(hash) = 32),
  role         text not null check (role in ('tenant', 'admin')),
  tenant_id    uuid references tenants,
  name         text not null,
  -- How it came to be: by the first start, preset in the configuration, or by an administrator.
  origin       text not null check (origin in ('first-start', 'preset', 'admin')),
  created_at   timestamptz not null default now(),
  expires_at   timestamptz,
  revoked_at   timestamptz,
  last_used_at timestamptz,
  check ((role = 'tenant') = (tenant_id is not null))
);

create index api_keys_by_tenant on api_keys (tenant_id);
