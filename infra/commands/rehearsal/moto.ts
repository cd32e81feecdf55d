import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { currentEnvironment } from '../../../service/config.ts'
import { CommandError } from '../command.ts'
import { runProgram } from './run-program.ts'

const START_MS_MAX = 30_000
const POLL_MS = 200
const STOP_MS_MAX = 5_000

/** An AWS on this machine, in memory: gone when it is disposed of. */
export class Moto {
  /** What programs need in their environment to talk to it, and to nothing else. */
  readonly variables: Readonly<Record<string, string>>
  readonly #server: ChildProcess

  private constructor(server: ChildProcess, port: number, region: string) {
    this.#server = server
    const inherited = Object.entries(currentEnvironment()).flatMap(([name, value]) =>
      // A profile or a session of the real AWS must not have a say here.
      value === undefined || name.startsWith('AWS_') ? [] : [[name, value] as const],
    )
    this.variables = {
      ...Object.fromEntries(inherited),
      // The CDK starts the app by the name `node`.
      PATH: [dirname(process.execPath), currentEnvironment()['PATH'] ?? ''].join(delimiter),
      // By this name: the CDK refuses to put a bucket's name before a number.
      AWS_ENDPOINT_URL: `http://localhost:${port}`,
      AWS_ACCESS_KEY_ID: 'rehearsal',
      AWS_SECRET_ACCESS_KEY: 'rehearsal',
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true',
    }
  }

  static async start(region: string, logFile: string): Promise<Moto> {
    await demandMoto()
    const port = await freePort()
    const log = openSync(logFile, 'w')
    const args = ['-m', 'moto.server', '-p', String(port)]
    const server = spawn('python3', args, { stdio: ['ignore', log, log] })
    closeSync(log)
    const moto = new Moto(server, port, region)
    try {
      await moto.#waitUntilUp()
      return moto
    } catch (error) {
      await moto[Symbol.asyncDispose]()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.exitCode !== null) return
    const closed = once(this.#server, 'close', { signal: AbortSignal.timeout(STOP_MS_MAX) })
    this.#server.kill('SIGTERM')
    await closed.catch(() => this.#server.kill('SIGKILL'))
  }

  async #waitUntilUp(): Promise<void> {
    const address = `${this.variables['AWS_ENDPOINT_URL']}/moto-api/`
    const deadline = Date.now() + START_MS_MAX
    while (Date.now() < deadline && this.#server.exitCode === null) {
      const isUp = await fetch(address).then(
        () => true,
        () => false,
      )
      if (isUp) return
      await sleep(POLL_MS)
    }
    throw new CommandError('moto did not start: try `python3 -m moto.server` by hand.')
  }
}

async function demandMoto(): Promise<void> {
  const { code } = await runProgram('python3', ['-c', 'import moto.server, boto3'])
  if (code === 0) return
  throw new CommandError(
    "The rehearsal needs Python 3 with moto, which plays AWS: pip install 'moto[server]'. Nothing else does.",
  )
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}
