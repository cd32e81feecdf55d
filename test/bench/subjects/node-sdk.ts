import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ChatKitServer, Store, agents } from 'chatkit-node-backend-sdk'
import type {
  Attachment,
  Page,
  ThreadItem,
  ThreadMetadata,
  ThreadStreamEvent,
  UserMessageItem,
} from 'chatkit-node-backend-sdk'
import type { ResponseStreamEvent } from 'openai/resources/responses/responses'
import { modelEvents } from '../model-events.ts'
import { readBody } from '../read-body.ts'
import { present } from '../subject.ts'
import { wantedDeltas } from '../wanted.ts'

// The other ChatKit server for Node, used as its README shows, with a store that costs nothing.

// It reports what it does on the console, line by line; that would be measured as well.
for (const level of ['log', 'warn', 'error', 'debug', 'info'] as const) {
  globalThis.console[level] = () => undefined
}

class ForgetfulStore extends Store {
  loadThread(): Promise<ThreadMetadata> {
    return unused()
  }

  saveThread(): Promise<void> {
    return Promise.resolve()
  }

  deleteThread(): Promise<void> {
    return unused()
  }

  loadThreads(): Promise<Page<ThreadMetadata>> {
    return unused()
  }

  loadThreadItems(): Promise<Page<ThreadItem>> {
    return unused()
  }

  addThreadItem(): Promise<void> {
    return Promise.resolve()
  }

  saveItem(): Promise<void> {
    return Promise.resolve()
  }

  loadItem(): Promise<ThreadItem> {
    return unused()
  }

  deleteThreadItem(): Promise<void> {
    return unused()
  }

  saveAttachment(): Promise<void> {
    return unused()
  }

  loadAttachment(): Promise<Attachment> {
    return unused()
  }

  deleteAttachment(): Promise<void> {
    return unused()
  }
}

class SdkServer extends ChatKitServer {
  async *respond(
    thread: ThreadMetadata,
    message: UserMessageItem | null,
    context: unknown,
  ): AsyncGenerator<ThreadStreamEvent> {
    const [part] = message?.content ?? []
    const deltas = part?.type === 'input_text' ? wantedDeltas(part.text) : 0
    const agentContext = agents.createAgentContext(thread, this.store, context)
    const events = modelEvents(deltas, toAgentEvent)
    for await (const event of agents.streamAgentResponse(agentContext, events)) yield event
  }
}

type AgentStream = Parameters<typeof agents.streamAgentResponse>[1]
type AgentEvent = AgentStream extends AsyncIterable<infer Event> ? Event : never

/** It reads text from the normalised deltas, and all else from the raw events. */
function toAgentEvent(event: ResponseStreamEvent): AgentEvent {
  const data =
    event.type === 'response.output_text.delta'
      ? ({ type: 'output_text_delta', delta: event.delta } as const)
      : ({ type: 'model', event } as const)
  return { type: 'raw_model_stream_event', data }
}

const server = new SdkServer(new ForgetfulStore())
await present(createServer((request, response) => void serve(request, response)))

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const result = await server.process(await readBody(request), {})
  if (!result.isStreaming) throw new Error('nothing but streams is asked for here')
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for await (const frame of result) response.write(frame)
  response.end()
}

function unused(): Promise<never> {
  return Promise.reject(new Error('nothing is read here'))
}
