-- Other names under which requests may ask for a model. A model's own name goes before an alias of that name.
create table model_aliases (
  alias      text primary key check (length(alias) between 1 and 200),
  -- No reference: models are loaded and unloaded, and each server has its own.
  model      text not null check (length(model) between 1 and 200),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (alias <> model)
);
