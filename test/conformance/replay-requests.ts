import type { ChatApplication } from '../../service/protocol/chat.ts'
import { ask } from './answer.ts'
import type { GivenAnswer } from './answer.ts'
import { scriptedFiles } from './attachment-files.ts'
import type { Databases } from './databases.ts'
import { isObject } from './json.ts'
import type { Outcome } from './replay.ts'
import { bodyOf } from './request-body.ts'
import { misunderstandings } from './request-meaning.ts'
import { prepare } from './request-surroundings.ts'
import { readStored } from './rows.ts'
import { removeAll } from './seed.ts'
import { openService } from './service.ts'
import type { TraceService } from './service.ts'
import { Told } from './told.ts'
import type { RequestCase, RequestTrace } from './trace-format.ts'

/** Sends each body of a file to a service that has what it is about: one outcome for each. */
export async function replayRequests(
  name: string,
  { cases }: RequestTrace,
  databases: Databases,
): Promise<readonly Outcome[]> {
  const told = new Told()
  const files = scriptedFiles({}, told)
  const application = listener(told)
  await using service = await openService({
    databases,
    replacements: { application, attachmentFiles: files },
  })
  const outcomes: Outcome[] = []
  for (const one of cases) {
    await removeAll(service.databaseUrl)
    const found = await replayCase(one, { service, told })
    outcomes.push({ name: `${name}: ${one.why}`, differences: found })
  }
  return outcomes
}

/** An application that can be asked everything and notes what it is asked. */
function listener(told: Told): ChatApplication {
  return {
    respond: async (_chat, message) => told.note({ hook: 'respond', message }),
    action: async (_chat, { type, payload = null }, sender) => {
      told.note({ hook: 'action', action: { type, payload }, sender: sender?.id ?? null })
    },
    syncAction: async (_scene, { type, payload = null }, sender) => {
      told.note({ hook: 'sync_action', action: { type, payload }, sender: sender?.id ?? null })
      return undefined
    },
    onFeedback: async ({ threadId: thread_id, itemIds: item_ids, kind }) => {
      told.note({ hook: 'add_feedback', thread_id, item_ids, kind })
    },
    transcribe: async ({ bytes, mimeType: mime_type }) => {
      const audio_base64 = Buffer.from(bytes).toString('base64')
      told.note({ hook: 'transcribe', audio_base64, mime_type })
      return 'Hello'
    },
  }
}

interface CaseScene {
  readonly service: TraceService
  readonly told: Told
}

async function replayCase(
  one: RequestCase,
  { service, told }: CaseScene,
): Promise<readonly string[]> {
  const body = bodyOf(one)
  const request = one.canonical ?? parse(body)
  const hasManyRows = one.hardened === 'cap'
  const surroundings = await prepare(service.databaseUrl, request, { hasManyRows })
  told.begin({ type: 'a request' })
  const answer = await ask(body, service)
  const verdict = verdictOn(one, answer)
  const isUnderstood = one.hardened === undefined || one.hardened === 'cap'
  if (verdict.length > 0 || one.verdict === 'reject' || !isUnderstood) return verdict
  const stored = await readStored(service.databaseUrl, undefined)
  const shown = isObject(answer.body) ? answer.body : {}
  const { calls } = told
  return misunderstandings(one, { answer, body: shown, calls, stored, surroundings })
}

/** Whether a request was taken or turned away as it should be. */
function verdictOn(one: RequestCase, answer: GivenAnswer): readonly string[] {
  const { status, faults } = answer
  if (faults.length > 0) return faults
  const isRefused = isRefusal(answer)
  const isDone = status === 200 && !answer.events.some(isError)
  const given = `got ${status}: ${answer.text.slice(0, 200)}`
  const at = one.at === undefined ? '' : ` because of "${one.at}"`
  if (one.hardened === 'either') {
    return isRefused || status === 200 ? [] : [`expected any answer but a failure, ${given}`]
  }
  const isToReject = one.hardened === 'reject' || one.verdict === 'reject'
  if (isToReject) return isRefused ? [] : [`expected a refusal with 4xx${at}, ${given}`]
  return isDone ? [] : [`expected that it is accepted, ${given}`]
}

function isRefusal({ status, kind, body }: GivenAnswer): boolean {
  const message = isObject(body) ? body['message'] : undefined
  const isStatus = status >= 400 && status < 500
  return kind === 'json' && isStatus && typeof message === 'string' && message !== ''
}

function isError(event: unknown): boolean {
  return isObject(event) && event['type'] === 'error'
}

function parse(body: string | Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined // then it names nothing that it could be about
  }
}
