-- A limit of no tokens holds for who has used none yet, too.

-- Refuses a run that has just been stored, and with it the whole statement, when it is one too many.
-- `quota`: live runs of the user and of the organisation, tokens a day of both; null is no limit.
--
-- Of two runs that begin at once the second waits here until the first is stored or not, and looks
-- only then: that is why this is a function and no part of the statement, which sees what was there
-- when it began. Whoever is beyond the limit already is refused without waiting.
create or replace function demand_quota(of_org text, of_user text, quota bigint[]) returns boolean
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
  if quota[3] is not null and quota[3] <= coalesce((
       select input_tokens + output_tokens from usage_days
        where org_id = of_org and day = today and user_id = of_user), 0) then
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
  if quota[4] is not null and quota[4] <= coalesce((
       select sum(input_tokens + output_tokens) from usage_days
        where org_id = of_org and day = today), 0) then
    raise exception 'tokens of the organisation' using errcode = 'CKQ04';
  end if;
  return true;
end
$$;
