import { newId } from '../../service/protocol/ids.ts'
import { ask } from './answer.ts'
import { Bindings } from './bindings.ts'
import { compareAnswer } from './compare-answer.ts'
import { compareItems } from './compare-stored.ts'
import type { Databases } from './databases.ts'
import { ghostsAfter } from './ghosts.ts'
import { InnerWords, raisedIn, textsUnder } from './inner-words.ts'
import { compareModelInput } from './model-input.ts'
import { TraceFault, fillRequest, fillScript } from './placeholders.ts'
import { readStored } from './rows.ts'
import { scriptedAuthor } from './scripted-author.ts'
import { addItems, addThreads } from './seed.ts'
import { openService } from './service.ts'
import type { TraceService } from './service.ts'
import { Told } from './told.ts'
import type { BridgeTrace } from './trace-format.ts'
import { openUpstream } from './upstream.ts'
import type { Upstream } from './upstream.ts'

/**
 * Replays one run of the Agents SDK on recorded events of the Responses API, served on the loopback
 * interface. Returns what differs, up to the first request that does.
 */
export async function replayBridge(
  trace: BridgeTrace,
  databases: Databases,
): Promise<readonly string[]> {
  const told = new Told()
  await using upstream = await openUpstream(trace.upstream)
  await using service = await openService({
    databases,
    environment: { OPENAI_BASE_URL: upstream.baseUrl, OPENAI_API_KEY: 'none' },
    replacements: { author: scriptedAuthor(trace, told) },
  })
  const bindings = new Bindings()
  await addHistory(trace, service, bindings)
  const scene: BridgeScene = { bindings, service, upstream, innerWords: innerWordsOf(trace) }
  for (const [index, request] of [trace, ...trace.following].entries()) {
    const found = [...(await replayRequest(request, scene)), ...told.faults]
    if (found.length > 0) return found.map((one) => `request ${index + 1}: ${one}`)
  }
  const stored = await readStored(service.databaseUrl, undefined)
  const mayGoOn = isUnspecified(trace) || trace.following.some(isUnspecified)
  const rows = trace.hardened_stored ?? trace.expect.stored
  const isInAnyOrder = trace.stored_in_any_order
  return [
    ...(rows === 'unspecified' ? [] : compareItems(rows, stored, { bindings, isInAnyOrder })),
    ...compareModelInput(trace.model_input, upstream.calls, { bindings, mayGoOn }),
  ]
}

async function addHistory(
  { history }: BridgeTrace,
  { databaseUrl }: TraceService,
  bindings: Bindings,
): Promise<void> {
  if (!history) return
  const threadId = newId('thread')
  bindings.bind('<thread>', threadId)
  await addThreads(databaseUrl, [threadId])
  await addItems(databaseUrl, threadId, fillScript(history, { threadId }))
}

type BridgeRequest = Pick<BridgeTrace, 'request' | 'hardened'> & {
  readonly expect: BridgeTrace['following'][number]['expect']
}

interface BridgeScene {
  readonly bindings: Bindings
  readonly service: TraceService
  readonly upstream: Upstream
  readonly innerWords: InnerWords
}

async function replayRequest(
  { request, expect, hardened }: BridgeRequest,
  { bindings, service, upstream, innerWords }: BridgeScene,
): Promise<readonly string[]> {
  upstream.beginTurn()
  let body: string
  try {
    body = JSON.stringify(fillRequest(request, bindings))
  } catch (error) {
    if (error instanceof TraceFault) return [error.message]
    throw error
  }
  const answer = await ask(body, service)
  const found = [
    ...compareAnswer(hardened ?? expect, answer, { bindings, removalsInAnyOrder: true }),
    ...innerWords.leaksIn(answer.text),
  ]
  if (found.length > 0 || hardened?.kind !== 'unspecified') return found
  return ghostsAfter(answer.events, await readStored(service.databaseUrl, undefined))
}

function isUnspecified({ hardened }: Pick<BridgeTrace, 'hardened'>): boolean {
  return hardened?.kind === 'unspecified'
}

/** Words of failing tools and of the provider's failures. */
function innerWordsOf(trace: BridgeTrace): InnerWords {
  const failures = trace.upstream.flat().filter((step) => {
    const type = 'type' in step ? step.type : undefined
    return '$status' in step || type === 'error' || type === 'response.failed'
  })
  const raised = [trace.expect, ...trace.following.map(({ expect }) => expect)].flatMap(
    ({ reference_raised: name }) => (name === undefined ? [] : [name]),
  )
  const shown = [trace, ...trace.following].map(({ request, expect, hardened }) => [
    request,
    { ...expect, reference_raised: undefined },
    hardened,
  ])
  const provider = textsUnder(new Set(['message']), failures)
  return new InnerWords([...raised, ...raisedIn(trace.context_script), ...provider], shown)
}
