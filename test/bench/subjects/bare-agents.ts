import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isOpenAIResponsesRawModelStreamEvent } from '@openai/agents'
import { z } from 'zod'
import { runnerFor, talker } from '../agent.ts'
import { readBody } from '../read-body.ts'
import { present, subjectOptions } from '../subject.ts'
import { wantedByRequest } from '../wanted.ts'

// The least that a server with the Agents SDK can do: it listens to the agent and writes each delta
// as it is. No user, no rules, nothing stored, nothing but deltas.

const { upstreamUrl } = z.object({ upstreamUrl: z.string() }).parse(subjectOptions())
const runner = runnerFor(upstreamUrl)
const item_id = 'msg_0000000000000000000000000000'
const type = 'assistant_message.content_part.text_delta'

await present(createServer((request, response) => void serve(request, response)))

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { text } = wantedByRequest(await readBody(request))
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const result = await runner.run(talker, text, { stream: true })
  for await (const event of result) {
    if (!isOpenAIResponsesRawModelStreamEvent(event)) continue
    const said = event.data.event
    if (said.type !== 'response.output_text.delta') continue
    const update = { type, content_index: said.content_index, delta: said.delta }
    response.write(`data: ${JSON.stringify({ type: 'thread.item.updated', item_id, update })}\n\n`)
  }
  await result.completed
  response.end()
}
