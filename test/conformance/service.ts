import { assemble } from '../../service/assemble.ts'
import type { Replacements } from '../../service/assemble.ts'
import { loadConfig } from '../../service/config.ts'
import { mintToken } from '../../service/local/tokens.ts'
import { createLog } from '../../service/log.ts'
import type { Databases } from './databases.ts'

const JWT_SECRET = 'kD3vT8qWz1LxP5rNc7HbY2mF9sJg4aUe'
const TOKEN_SECONDS = 3_600

/** Who every request of a trace is from. */
export const owner = { orgId: 'acme', userId: 'alice' } as const

/** A whole service on a database of its own, for one trace. */
export interface TraceService extends AsyncDisposable {
  readonly url: string
  readonly databaseUrl: string
  /** The owner's. */
  readonly token: string
}

export interface TraceServiceOptions {
  readonly databases: Databases
  readonly environment?: Readonly<Record<string, string>>
  readonly replacements: Replacements
}

export async function openService(options: TraceServiceOptions): Promise<TraceService> {
  await using opening = new AsyncDisposableStack()
  const { url: databaseUrl } = opening.use(await options.databases.lend())
  const config = loadConfig(
    { modelKey: false },
    {
      DATABASE_URL: databaseUrl,
      DATABASE_CONNECTIONS_MAX: '3',
      JWT_SECRET,
      FRONTEND_URL: 'https://app.example.com',
      ATTACHMENT_TYPES: 'application/*,audio/*,image/*,text/*,video/*',
      // A closed connection is all that a server can see of a stop, so it waits for this long.
      DETACHED_SECONDS: '1',
      SHUTDOWN_SECONDS: '1',
      ...options.environment,
    },
  )
  const service = await assemble(config, { log: createLog('silent'), ...options.replacements })
  opening.defer(() => service.stop())
  const url = await service.app.listen({ port: 0, host: '127.0.0.1' })
  const subject = { user: owner.userId, org: owner.orgId }
  const token = await mintToken(subject, JWT_SECRET, TOKEN_SECONDS)
  const open = opening.move()
  return { url, databaseUrl, token, [Symbol.asyncDispose]: () => open.disposeAsync() }
}
