-- What users have used, day by day (UTC). It outlives their conversations, and holds none of them.
create table usage_days (
  org_id text not null,
  day date not null,
  user_id text not null,
  requests bigint not null default 0,
  runs bigint not null default 0,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  primary key (org_id, day, user_id)
);

-- The minute that somebody's requests are counted in; user '' stands for the whole organisation.
-- Unlogged, so that counting a request waits for no disk. A crash of the database empties it, which
-- gives everybody a fresh minute.
create unlogged table request_windows (
  org_id text not null,
  user_id text not null,
  began_at timestamptz not null,
  requests integer not null,
  refused boolean not null,
  primary key (org_id, user_id)
) with (fillfactor = 50);

create index request_windows_over on request_windows (began_at);

create index runs_live_of_owner on runs (org_id, user_id) where status = 'running';
create index runs_ended on runs (ended_at) where ended_at is not null;
create index threads_by_age on threads (org_id, created_at);

-- A run is live until its end, or until its lease has been over for a while: what a lost process was
-- at blocks nobody, and a slow process does not make room for more.
create function live_runs_of_user(of_org text, of_user text) returns bigint
language sql volatile as $$
  select count(*) from runs
   where org_id = of_org and user_id = of_user and status = 'running'
     and lease_until > clock_timestamp() - interval '4 seconds'
$$;

create function live_runs_of_org(of_org text) returns bigint
language sql volatile as $$
  select count(*) from runs
   where org_id = of_org and status = 'running'
     and lease_until > clock_timestamp() - interval '4 seconds'
$$;

-- Refuses a run that has just been stored, and with it the whole statement, when it is one too many.
-- `quota`: live runs of the user and of the organisation, tokens a day of both; null is no limit.
--
-- Of two runs that begin at once the second waits here until the first is stored or not, and looks
-- only then: that is why this is a function and no part of the statement, which sees what was there
-- when it began. Whoever is beyond the limit already is refused without waiting.
create function demand_quota(of_org text, of_user text, quota bigint[]) returns boolean
language plpgsql as $$
declare
  today date := (now() at time zone 'utc')::date;
begin
  if quota[1] is not null then
    if live_runs_of_user(of_org, of_user) <= quota[1] then
      perform pg_advisory_xact_lock(hashtextextended(of_user, hashtextextended(of_org, 1)));
    end if;
    if live_runs_of_user(of_org, of_user) > quota[1] then
      raise exception 'live runs of the user' using errcode = 'CKQ01';
    end if;
  end if;
  if quota[3] is not null and quota[3] <= (
       select input_tokens + output_tokens from usage_days
        where org_id = of_org and day = today and user_id = of_user) then
    raise exception 'tokens of the user' using errcode = 'CKQ03';
  end if;
  -- Users without an organisation are not one.
  if of_org = '' then
    return true;
  end if;
  if quota[2] is not null then
    if live_runs_of_org(of_org) <= quota[2] then
      perform pg_advisory_xact_lock(hashtextextended(of_org, 2));
    end if;
    if live_runs_of_org(of_org) > quota[2] then
      raise exception 'live runs of the organisation' using errcode = 'CKQ02';
    end if;
  end if;
  if quota[4] is not null and quota[4] <= (
       select sum(input_tokens + output_tokens) from usage_days
        where org_id = of_org and day = today) then
    raise exception 'tokens of the organisation' using errcode = 'CKQ04';
  end if;
  return true;
end
$$;
