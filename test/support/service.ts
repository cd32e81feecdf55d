import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { assemble } from '../../service/assemble.ts'
import type { Replacements, Service } from '../../service/assemble.ts'
import { loadConfig } from '../../service/config.ts'
import { DemoModelProvider } from '../../service/local/demo-model.ts'
import { localRoutes } from '../../service/local/local-routes.ts'
import { mintToken } from '../../service/local/tokens.ts'
import type { TokenSubject } from '../../service/local/tokens.ts'
import { createLog } from '../../service/log.ts'
import { ChatClient } from './chat-client.ts'
import { createDatabase } from './database.ts'

export const JWT_SECRET = 'kD3vT8qWz1LxP5rNc7HbY2mF9sJg4aUe'
export const ORIGIN = 'https://app.example.com'

const TOKEN_SECONDS = 3_600

export const alice: TokenSubject = { user: 'alice', org: 'acme', plan: 'pro' }
export const bob: TokenSubject = { user: 'bob', org: 'acme' }
/** The same name in another organisation is another user. */
export const otherAlice: TokenSubject = { user: 'alice', org: 'globex' }

export interface TestServiceOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly replacements?: Replacements
  /** @default a database of its own */
  readonly databaseUrl?: string
  /** @default false - true to serve the page of `npm start` beside it */
  readonly hasPage?: boolean
}

/** A whole service of this process, on a real socket and a real database. */
export class TestService {
  readonly url: string
  readonly databaseUrl: string
  readonly service: Service

  constructor(service: Service, databaseUrl: string) {
    const { port }: AddressInfo = addressOf(service)
    this.url = `http://127.0.0.1:${port}`
    this.databaseUrl = databaseUrl
    this.service = service
  }

  /** A client with a valid token for someone. */
  async as(subject: TokenSubject): Promise<ChatClient> {
    return new ChatClient(this.url, await tokenOf(subject))
  }
}

/** A valid token for someone. */
export async function tokenOf(subject: TokenSubject): Promise<string> {
  return await mintToken(subject, JWT_SECRET, TOKEN_SECONDS)
}

/** Starts a service that ends with the test. The demo model answers, without pauses. */
export async function startService(
  t: TestContext,
  options: TestServiceOptions = {},
): Promise<TestService> {
  const databaseUrl = options.databaseUrl ?? (await createDatabase(t))
  const config = loadConfig(
    { modelKey: false },
    {
      DATABASE_URL: databaseUrl,
      DATABASE_CONNECTIONS_MAX: '4',
      JWT_SECRET,
      FRONTEND_URL: ORIGIN,
      SHUTDOWN_SECONDS: '1',
      ...options.environment,
    },
  )
  const service = await assemble(config, {
    modelProvider: new DemoModelProvider({ pace: Infinity }),
    log: createLog('silent'),
    ...options.replacements,
  })
  if (options.hasPage) {
    const { ATTACHMENTS_FOLDER: attachmentsFolder } = config
    const page = {
      jwtSecret: JWT_SECRET,
      attachmentsFolder,
      model: 'demo model',
      isDemo: true,
      canDictate: options.replacements?.application?.transcribe !== undefined,
    }
    await service.app.register(localRoutes, page)
  }
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => service.stop())
  return new TestService(service, databaseUrl)
}

function addressOf(service: Service): AddressInfo {
  const address = service.app.server.address()
  if (address === null || typeof address === 'string')
    throw new Error('the service does not listen')
  return address
}
