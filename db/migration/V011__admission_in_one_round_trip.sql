-- What admits a request, as functions: one round trip. Rows come as a few arrays of two dimensions
-- and are written one by one: unnesting an array for each column makes, grows and gives back a store
-- for each, which a profile showed as a quarter of the backend's time.

-- Writes counters that are in the states that the caller has read, known by the transactions that
-- wrote them (xmin); fails with PS001 when one is in another. Returns the present transaction, by
-- which their new states are known. A row of p_numbers: id, state, running, held tokens, output and
-- money, then start, requests, tokens and money of the day and of the month. Three of p_minutes
-- belong to each.
create function put_counters(p_numbers bigint[], p_minutes bytea[]) returns bigint
language plpgsql as $$
begin
  for i in 1 .. coalesce(array_length(p_numbers, 1), 0) loop
    update counters set
      running = p_numbers[i][3],
      held_tokens = p_numbers[i][4], held_output = p_numbers[i][5], held_money = p_numbers[i][6],
      day = p_numbers[i][7], day_requests = p_numbers[i][8],
      day_tokens = p_numbers[i][9], day_money = p_numbers[i][10],
      month = p_numbers[i][11], month_requests = p_numbers[i][12],
      month_tokens = p_numbers[i][13], month_money = p_numbers[i][14],
      minute_requests = p_minutes[3 * i - 2], minute_tokens = p_minutes[3 * i - 1],
      minute_output = p_minutes[3 * i]
    where id = p_numbers[i][1] and xmin = p_numbers[i][2]::text::xid;
    if not found then
      raise exception 'counter % has changed', p_numbers[i][1] using errcode = 'PS001';
    end if;
  end loop;
  return pg_current_xact_id()::xid::text::bigint;
end $$;

-- Adds holds. A row of p_texts: request, model, endpoint, service tier, time zone, counters; of
-- p_ids: replica, tenant, project, key; of p_numbers: streamed, choices, price version, prompt
-- tokens, tokens, output, money, microseconds since 1970 of receipt and admission.
create function put_holds(p_texts text[], p_ids uuid[], p_numbers bigint[]) returns void
language plpgsql as $$
begin
  for i in 1 .. coalesce(array_length(p_numbers, 1), 0) loop
    insert into holds (request_id, replica_id, tenant_id, project_id, key_id, model, endpoint,
      streamed, choices, service_tier, time_zone, price_version, prompt_tokens, counters,
      tokens, output, money, received_at, admitted_at)
    values (p_texts[i][1], p_ids[i][1], p_ids[i][2], p_ids[i][3], p_ids[i][4], p_texts[i][2],
      p_texts[i][3], p_numbers[i][1] = 1, p_numbers[i][2], p_texts[i][4], p_texts[i][5],
      p_numbers[i][3], p_numbers[i][4], p_texts[i][6]::bigint[],
      p_numbers[i][5], p_numbers[i][6], p_numbers[i][7],
      timestamptz 'epoch' + p_numbers[i][8] * interval '1 microsecond',
      timestamptz 'epoch' + p_numbers[i][9] * interval '1 microsecond');
  end loop;
end $$;

-- Admits what a server has decided by counters, settings and a time that it believes to be the
-- present ones, if they are. Takes its locks in the order of all: settings, replica, counters by
-- their ids, in which the caller gives them. Returns the time in microseconds since 1970 and what
-- put_counters does; or, with a time of -1, that the server is fenced or not known, and of -2, that
-- settings have changed. Fails with PS001 when a counter has changed or the time is another.
create function admit(p_replica uuid, p_settings bigint, p_now bigint, p_tolerance bigint,
  p_counters bigint[], p_minutes bytea[], p_texts text[], p_ids uuid[], p_holds bigint[],
  out o_now bigint, out o_state bigint) language plpgsql as $$
declare
  l_settings bigint;
  l_fenced boolean;
begin
  perform pg_advisory_xact_lock_shared(7014, 1);
  select v.version, r.fenced_at is not null into l_settings, l_fenced
  from admission_version v, replicas r where r.id = p_replica for share of r;
  if not found or l_fenced then
    o_now := -1;
    return;
  end if;
  if l_settings <> p_settings then
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
