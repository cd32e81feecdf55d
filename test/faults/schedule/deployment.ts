import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ChatClient } from '../../support/chat-client.ts'
import { createDatabase, serverUrl } from '../../support/database.ts'
import { ServiceProcess } from '../../support/service-process.ts'
import { alice, tokenOf } from '../../support/service.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'
import type { TcpProxy } from '../../support/tcp-proxy.ts'
import { startUpstream } from '../../support/upstream.ts'
import type { Upstream } from '../../support/upstream.ts'
import { countingAnswer } from './counting.ts'

export const PROCESSES = 3
const RECOVERY_MS_MAX = 2_000
const QUOTAS = { default: { user: { requestsPerMinute: 100_000, liveRuns: 100 } } }

/** Processes as in production on one database behind a wire that can be cut, with a model that counts. */
export class Deployment implements AsyncDisposable {
  readonly databaseUrl: string
  readonly upstream: Upstream
  readonly #wire: TcpProxy
  readonly #token: string
  readonly #startOne: () => Promise<ServiceProcess>
  readonly #processes: ServiceProcess[] = []

  private constructor(parts: {
    databaseUrl: string
    upstream: Upstream
    wire: TcpProxy
    token: string
    startOne: () => Promise<ServiceProcess>
  }) {
    this.databaseUrl = parts.databaseUrl
    this.upstream = parts.upstream
    this.#wire = parts.wire
    this.#token = parts.token
    this.#startOne = parts.startOne
  }

  static async start(t: TestContext): Promise<Deployment> {
    const databaseUrl = await createDatabase(t)
    const wire = await startTcpProxy(t, databaseUrl)
    const upstream = await startUpstream(t, [countingAnswer()])
    const environment = {
      DATABASE_URL: wire.url,
      DATABASE_CONNECTIONS_MAX: '4',
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: upstream.url,
      QUOTAS: JSON.stringify(QUOTAS),
      // By this the runner finds processes that a test has left behind.
      TEST_DATABASE_URL: serverUrl(),
    }
    const deployment = new Deployment({
      databaseUrl,
      upstream,
      wire,
      token: await tokenOf(alice),
      startOne: () => ServiceProcess.start(t, environment),
    })
    const starting = Array.from({ length: PROCESSES }, deployment.#startOne)
    deployment.#processes.push(...(await Promise.all(starting)))
    return deployment
  }

  /** A client of the process that has this place at the moment. */
  client(place: number): ChatClient {
    return new ChatClient(this.#at(place).url, this.#token)
  }

  /** A power cut; another process takes the place. */
  async kill(place: number): Promise<void> {
    await this.#at(place).kill()
    await this.#replace(place)
  }

  /** A deployment: the process ends by itself, while another has already taken its place. */
  async roll(place: number): Promise<unknown> {
    const old = this.#at(place)
    await this.#replace(place)
    return await old.stop()
  }

  async freeze(place: number, ms: number): Promise<void> {
    const frozen = this.#at(place)
    frozen.freeze()
    await sleep(ms)
    frozen.thaw()
  }

  /** Resolves when all is as before: processes find their way back within two seconds. */
  async withoutDatabase(how: 'cut' | 'freeze', ms: number): Promise<void> {
    this.#wire[how]()
    await sleep(ms)
    this.#wire.restore()
    await sleep(RECOVERY_MS_MAX)
  }

  /** Ends all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.kill()))
  }

  #at(place: number): ServiceProcess {
    const process = this.#processes[place % PROCESSES]
    if (!process) throw new Error(`no process has place ${place}`)
    return process
  }

  async #replace(place: number): Promise<void> {
    this.#processes[place % PROCESSES] = await this.#startOne()
  }
}
