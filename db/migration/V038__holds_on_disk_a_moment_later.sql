-- Admissions and settlements are committed before they are on disk (synchronous_commit = off), so that nobody waits
-- for a disk with the locks of counters. A crash may therefore take the last of them back.

-- Servers whose running requests the database knows. Being unlogged, the table is empty after whatever may have lost
-- commits: a crash, or a standby that took over. Who is not in it places its holds again, and until all that live have
-- done so nobody is admitted.
create unlogged table remembered_replicas (
  id uuid primary key references replicas (id) on delete cascade
);
insert into remembered_replicas select id from replicas where fenced_at is null;

-- Whether a server may still act, and keeps it so until the end of the transaction: whoever fences it waits. A lock of
-- the row itself would be written to disk each time.
create function replica_lives(p_replica uuid) returns boolean language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(7015, hashtext(p_replica::text));
  return exists (select from replicas where id = p_replica and fenced_at is null);
end $$;

create function fence_alone() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7015, hashtext(old.id::text));
  return new;
end $$;

create trigger fence_alone before update of fenced_at on replicas for each row
when (old.fenced_at is null and new.fenced_at is not null) execute function fence_alone();

-- As before, but for the lock of the server.
create or replace function admit(p_replica uuid, p_settings bigint, p_now bigint, p_tolerance bigint,
  p_counters bigint[], p_minutes bytea[], p_texts text[], p_ids uuid[], p_holds bigint[],
  out o_now bigint, out o_state bigint) language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(7014, 1);
  if not replica_lives(p_replica) then
    o_now := -1;
    return;
  end if;
  if (select version from admission_version) <> p_settings then
    o_now := -2;
    return;
  end if;
  o_state := put_counters(p_counters, p_minutes);
  o_now := extract(epoch from clock_timestamp()) * 1000000;
  if abs(o_now - p_now) > p_tolerance then
    raise exception 'the time has changed' using errcode = 'PS001';
  end if;
  perform put_holds(p_texts, p_ids, p_holds);
end $$;

-- As before, in one statement: one plan is begun and ended, whatever the number of counters. They come in the order of
-- their ids, and a nested loop takes them so.
create or replace function put_counters(p_numbers bigint[], p_minutes bytea[]) returns bigint
language plpgsql as $$
declare
  l_wanted integer := coalesce(array_length(p_numbers, 1), 0);
  l_written integer;
begin
  update counters c set
    running = p_numbers[n.i][3],
    held_tokens = p_numbers[n.i][4], held_output = p_numbers[n.i][5],
    held_money = p_numbers[n.i][6],
    day = p_numbers[n.i][7], day_requests = p_numbers[n.i][8],
    day_tokens = p_numbers[n.i][9], day_money = p_numbers[n.i][10],
    month = p_numbers[n.i][11], month_requests = p_numbers[n.i][12],
    month_tokens = p_numbers[n.i][13], month_money = p_numbers[n.i][14],
    minute_requests = p_minutes[3 * n.i - 2], minute_tokens = p_minutes[3 * n.i - 1],
    minute_output = p_minutes[3 * n.i]
  from (select generate_subscripts(p_numbers, 1) as i) as n
  where c.id = p_numbers[n.i][1] and c.xmin = p_numbers[n.i][2]::text::xid;
  get diagnostics l_written = row_count;
  if l_written <> l_wanted then
    raise exception '% of % counters have changed', l_wanted - l_written, l_wanted using errcode = 'PS001';
  end if;
  return pg_current_xact_id()::xid::text::bigint;
end $$;
