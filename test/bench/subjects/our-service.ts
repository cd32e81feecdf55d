import { z } from 'zod'
import { assemble } from '../../../service/assemble.ts'
import { LiveAgentChat } from '../../../service/bridge/agent-chat.ts'
import { authoredApplication } from '../../../service/bridge/authored-application.ts'
import { completeConverters } from '../../../service/bridge/default-converters.ts'
import { ResponsesEvents } from '../../../service/bridge/responses-events.ts'
import { loadConfig } from '../../../service/config.ts'
import type { Chat } from '../../../service/protocol/chat.ts'
import type { UserMessageItem } from '../../../service/protocol/items.ts'
import { JWT_SECRET, ORIGIN } from '../../support/service.ts'
import { runnerFor, talker } from '../agent.ts'
import { modelEvents } from '../model-events.ts'
import { present, subjectOptions } from '../subject.ts'
import { wantedDeltas } from '../wanted.ts'

// The service as production has it, log and all. Either the events of a model come from within the
// process, so that their translation is all there is to it, or an agent asks one by HTTP.

const Options = z.object({
  databaseUrl: z.string(),
  connections: z.int().default(10),
  upstreamUrl: z.string().optional(),
})
const { databaseUrl, connections, upstreamUrl } = Options.parse(subjectOptions())

const config = loadConfig(
  { modelKey: false },
  {
    DATABASE_URL: databaseUrl,
    DATABASE_CONNECTIONS_MAX: String(connections),
    JWT_SECRET,
    FRONTEND_URL: ORIGIN,
    LIVE_RUNS_MAX: '1000',
    // Counted as by default, and never reached.
    QUOTAS: '{"default":{"user":{"requestsPerMinute":1000000,"liveRuns":20}}}',
    SHUTDOWN_SECONDS: '1',
  },
)
const runner = runnerFor(upstreamUrl ?? '')
const asking = authoredApplication({
  author: { respond: (chat) => chat.answerWith(talker) },
  runner,
  silenceMs: 45_000,
})
const application = upstreamUrl === undefined ? { respond: translate } : asking
const service = await assemble(config, { application })
await service.app.listen({ port: 0, host: '127.0.0.1' })
await present(service.app.server)

/** What the bridge does with the events of an agent, without one. */
async function translate(inner: Chat, message: UserMessageItem | undefined): Promise<void> {
  const chat = new LiveAgentChat({
    chat: inner,
    runner,
    silenceMs: Infinity,
    converters: completeConverters({}),
    mayContinue: false,
  })
  const [part] = message?.content ?? []
  const deltas = part?.type === 'input_text' ? wantedDeltas(part.text) : 0
  const events = new ResponsesEvents(chat.stage)
  for await (const event of modelEvents(deltas, (one) => one)) {
    const kept = events.apply(event)
    if (kept) await kept
  }
  await events.end()
  await chat.finish()
}
