import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { z } from 'zod'
import { BODY_BYTES_MAX } from '../../service/http/limits.ts'
import type { ChatClient } from '../support/chat-client.ts'
import { readPlainEvents } from '../support/plain-event-stream.ts'
import { sayWhole, scripted } from '../support/scripted-application.ts'
import { sendRaw } from '../support/raw-http.ts'
import { alice, startService, tokenOf } from '../support/service.ts'

// What the reference implementation takes and what it refuses, request by request.

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'shared', 'conformance', 'requests')

const Vectors = z.object({
  operation: z.string(),
  cases: z.array(
    z.object({
      why: z.string(),
      body: z.unknown().optional(),
      text: z.string().optional(),
      base64: z.string().optional(),
      verdict: z.enum(['accept', 'reject']),
      hardened: z.enum(['reject', 'either', 'cap']).optional(),
      canonical: z
        .looseObject({ params: z.looseObject({ input: z.unknown().optional() }) })
        .optional(),
    }),
  ),
})
type Case = z.infer<typeof Vectors>['cases'][number]

const OFFERED =
  /^(envelope|items\..+|threads\.(create|add_user_message|add_client_tool_output|retry_after_item|get_by_id|list|update|delete))$/
/** What says that a request is malformed; other failures are about what it asks for. */
const MALFORMED = new Set(['invalid_request', 'operation_unknown', 'body_too_large'])

/** The body with its abbreviations written out, about conversations that are there. */
function toBody({ body, text, base64 }: Case, ids: ReadonlyMap<string, string>): string | Buffer {
  if (base64 !== undefined) return Buffer.from(base64, 'base64')
  const written = text ?? writeOut(JSON.stringify(body))
  return written.replaceAll(/"(thr_1|thr_9|msg_1)"/g, (name, id: string) =>
    name.replace(id, ids.get(id) ?? ''),
  )
}

function writeOut(json: string): string {
  return json
    .replaceAll(/\{"\$text":\{"of":"(.)","times":(\d+)\}\}/g, (_all, of: string, times: string) =>
      JSON.stringify(of.repeat(Number(times))),
    )
    .replaceAll(
      /\{"\$list":\{"of":("\w+"),"times":(\d+)\}\}/g,
      (_all, of: string, times: string) => `[${Array<string>(Number(times)).fill(of).join(',')}]`,
    )
    .replaceAll(
      /\{"\$nest":(\d+)\}/g,
      (_all, depth: string) => `${'['.repeat(Number(depth))}${']'.repeat(Number(depth))}`,
    )
}

/** What the requests are about, by its name there: a message, a call that waits, and more. */
async function prepare(client: ChatClient): Promise<ReadonlyMap<string, string>> {
  const { threadId } = await client.say('call')
  const [question] = (await client.listItems(threadId, { order: 'asc' })).data
  const other = await client.say('Hi')
  return new Map([
    ['thr_1', threadId],
    ['thr_9', other.threadId],
    ['msg_1', question?.id ?? ''],
  ])
}

interface Verdict {
  readonly status: number
  readonly isMalformed: boolean
  readonly text: string
}

const BEGINNING_LENGTH = 1_000

async function judge(url: string, body: string | Buffer): Promise<Verdict> {
  const headers = [
    ['content-type', 'application/json'],
    ['authorization', `Bearer ${await tokenOf(alice)}`],
  ] as const
  // What is too large is answered before it is all sent; sending it could lose the answer.
  const length = ['content-length', String(Buffer.byteLength(body))] as const
  const isTooLarge = Buffer.byteLength(body) > BODY_BYTES_MAX
  const beginning = body.slice(0, BEGINNING_LENGTH)
  const request = isTooLarge
    ? { headers: [...headers, length], body: beginning }
    : { headers, body }
  const { status, body: text } = await sendRaw(url, request)
  const code = status === 200 ? '' : String(JSON.parse(text).code)
  return { status, isMalformed: MALFORMED.has(code), text }
}

/** The message as it went into the conversation, for an accepted request that brought one. */
function messageIn(text: string): object | undefined {
  const events = readPlainEvents(text).map(({ data }) => JSON.parse(data))
  const done = events.find(({ item }) => item?.type === 'user_message')
  if (!done) return undefined
  const { content, attachments, quoted_text: quoted, inference_options: options } = done.item
  return JSON.parse(
    JSON.stringify({ content, attachments, quoted_text: quoted, inference_options: options }),
  )
}

function check(what: string, one: Case, { status, isMalformed, text }: Verdict): void {
  assert.ok(status < 500, `${what}: ${status} ${text}`)
  if (one.hardened === 'either') return
  const isRefused = (one.hardened === 'reject' ? 'reject' : one.verdict) === 'reject'
  assert.equal(isMalformed, isRefused, `${what}: ${status} ${text.slice(0, 300)}`)
  const meant = one.canonical?.params.input
  if (meant !== undefined && text.includes('"user_message"')) {
    assert.deepEqual(messageIn(text), meant, what)
  }
}

test(
  'requests are taken and refused as by the reference, or more strictly where that is safer',
  { skip: existsSync(FOLDER) ? false : `there are no vectors in ${FOLDER}` },
  async (t) => {
    const application = scripted(async (chat, message) => {
      await sayWhole(chat, 'Hello')
      if (message?.content[0]?.text === 'call') chat.callBrowser({ name: 'pick', arguments: {} })
    })
    const service = await startService(t, { replacements: { application } })
    let checked = 0
    let messages = 0
    const client = await service.as(alice)
    let ids = await prepare(client)
    for (const file of globSync(join(FOLDER, '*.json')).toSorted()) {
      const { operation, cases } = Vectors.parse(JSON.parse(readFileSync(file, 'utf8')))
      if (!OFFERED.test(operation)) continue
      for (const one of cases) {
        const verdict = await judge(service.url, toBody(one, ids))
        check(`${operation}, ${one.why}`, one, verdict)
        checked += 1
        if (messageIn(verdict.text)) messages += 1
        if (!verdict.isMalformed) ids = await prepare(client)
      }
    }
    assert.ok(checked > 140 && messages > 15, `${checked}, ${messages}`)
  },
)
