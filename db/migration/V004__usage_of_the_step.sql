-- What a request took of the engine's steps, beside its tokens.

alter table usage_records
  -- The tier that served it.
  add column service_tier   text not null default 'default'
    check (service_tier in ('priority', 'default', 'flex', 'batch')),
  -- Its part of the time of the steps that computed it, microseconds: the parts of a step add up to
  -- its time.
  add column compute_us     bigint not null default 0 check (compute_us >= 0),
  -- KV cache held over time, KiB times seconds; 1 GiB-second is 1,048,576 of it.
  add column kv_kib_seconds bigint not null default 0 check (kv_kib_seconds >= 0),
  -- The error code that the client got: of a refusal, or of a budget that ended before the text did
  -- (finish_reason is length then); null when there was none.
  add column error_code     text;
