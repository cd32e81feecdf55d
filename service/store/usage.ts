// What users have used, day by day. Each text here is a part of the statement that knows the
// figures, so that nothing is used without being recorded, and nothing recorded twice.

export const TODAY = `(now() at time zone 'utc')::date`
export const CHARACTERS_PER_TOKEN = 4
/** More than any model reads or says in one go: a greater count is no count. */
const TOKENS_MAX = 1_000_000_000
/** As much of a conversation as a model is given again at most. */
const ITEMS_MAX = 200

/**
 * What the model has read for a run that was stopped before it could count: the conversation, by
 * its length. `run` names the row of the run.
 */
export const ESTIMATED_INPUT = (run: string) => `
  (select coalesce(sum(length), 0) / ${CHARACTERS_PER_TOKEN}
     from (select length from items
            where thread_id = ${run}.thread_id and org_id = ${run}.org_id
              and user_id = ${run}.user_id
            order by seq desc limit ${ITEMS_MAX}) as newest)`

/** How many events a text of frames holds: each ends with an empty line. About a token each. */
export const EVENTS_IN = (frames: string) =>
  `(length(${frames}) - length(replace(${frames}, E'\\n\\n', ''))) / 2`

/** Adds runs that have ended: rows with owner, `input_tokens` and `output_tokens`. */
export const RECORDED_RUNS = (source: string) => `
  insert into usage_days as days (org_id, day, user_id, runs, input_tokens, output_tokens)
  select org_id, ${TODAY}, user_id, 1, input_tokens, output_tokens from ${source}
      on conflict (org_id, day, user_id)
      do update set runs = days.runs + excluded.runs,
                    input_tokens = days.input_tokens + excluded.input_tokens,
                    output_tokens = days.output_tokens + excluded.output_tokens`

/** Adds minutes that are over: rows with owner, `ended_at` and `ended_requests`. */
export const RECORDED_REQUESTS = (source: string) => `
  insert into usage_days as days (org_id, day, user_id, requests)
  select org_id, (ended_at at time zone 'utc')::date, user_id, sum(ended_requests)
    from ${source}
   group by 1, 2, 3
      on conflict (org_id, day, user_id)
      do update set requests = days.requests + excluded.requests`

/** Whether it is a count of tokens: what comes from a provider may be anything. */
export function isTokenCount(tokens: unknown): tokens is number {
  return Number.isSafeInteger(tokens) && Number(tokens) >= 0 && Number(tokens) <= TOKENS_MAX
}
