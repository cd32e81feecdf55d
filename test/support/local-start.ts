import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Environment, currentEnvironment } from '../../service/config.ts'
import { isAlive } from '../../service/local/postgres-running.ts'
import { findFreePort } from './free-port.ts'
import { ChatClient } from './chat-client.ts'
import { eventually } from './eventually.ts'
import { processList } from './process-list.ts'

const LOCAL = join(import.meta.dirname, '..', '..', 'service', 'local')
const START_MS_MAX = 120_000
const END_MS_MAX = 60_000

type Variables = Readonly<Record<string, string | undefined>>

/** A directory with nothing in it but what `npm start` keeps there, and a port of its own. */
export class LocalPlace {
  readonly folder: string
  readonly port: number
  readonly url: string
  readonly #starts: LocalStart[] = []

  private constructor(folder: string, port: number) {
    this.folder = folder
    this.port = port
    this.url = `http://127.0.0.1:${port}`
  }

  /** Makes one for a test, and removes it with everything that was started there. */
  static async make(t: TestContext): Promise<LocalPlace> {
    const folder = await mkdtemp(join(tmpdir(), 'chatkit-start-test-'))
    await chmod(folder, 0o711) // for Postgres, which does not run as root
    const place = new LocalPlace(folder, await findFreePort())
    t.after(async () => {
      for (const start of place.#starts) await start.kill()
      await eventually(() => place.processes().length === 0, END_MS_MAX)
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    })
    return place
  }

  /** What the service reads is taken from `variables` alone, whatever the machine has set. */
  environment(variables: Variables = {}): NodeJS.ProcessEnv {
    const unset = Object.keys(Environment.shape).map((name) => [name, ''])
    return {
      ...currentEnvironment(),
      ...Object.fromEntries(unset),
      PORT: String(this.port),
      LOCAL_FOLDER: join(this.folder, '.local'),
      ...variables,
    }
  }

  start(variables?: Variables): LocalStart {
    // In a process group of its own, like a command in a terminal, so that Ctrl-C can be played.
    const child = spawn(process.execPath, [join(LOCAL, 'start.ts')], {
      cwd: this.folder,
      env: this.environment(variables),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const start = new LocalStart(child)
    this.#starts.push(start)
    return start
  }

  async writeEnvFile(lines: readonly string[]): Promise<void> {
    await writeFile(join(this.folder, '.env'), lines.join('\n'))
  }

  /** What the service and its database have logged. */
  async log(): Promise<string> {
    return await readFile(join(this.folder, '.local', 'service.log'), 'utf8').catch(() => '')
  }

  /** Whether a start has come to its database. */
  async hasBegun(): Promise<boolean> {
    const kept = await readdir(join(this.folder, '.local')).catch((): string[] => [])
    return kept.includes('postgres')
  }

  /** A client with the token that the page would get. */
  async as(user: string): Promise<ChatClient> {
    const response = await fetch(`${this.url}/local/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user }),
    })
    const { token }: { token: string } = JSON.parse(await response.text())
    return new ChatClient(this.url, token)
  }

  /** The processes that were started here and still run. */
  processes(): number[] {
    const databases = processList().filter(({ command }) => command.includes(this.folder))
    const groups = new Set(this.#starts.map((start) => start.pid))
    const starts = processList().filter(({ group }) => groups.has(group))
    return [...databases, ...starts].map(({ pid }) => pid)
  }
}

/** One run of `npm start`. */
export class LocalStart {
  readonly pid: number
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown[]>
  #output = ''

  constructor(child: ChildProcess) {
    this.#child = child
    this.pid = child.pid ?? 0
    this.#ended = once(child, 'close')
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
    }
  }

  /** What it has printed so far, on both outputs. */
  get output(): string {
    return this.#output
  }

  /** Resolves when it says that it can be used. */
  async ready(): Promise<void> {
    await eventually(() => {
      if (this.#child.exitCode !== null) throw new Error(`it ended: ${this.#output}`)
      return this.#output.includes('Ctrl-C')
    }, START_MS_MAX)
  }

  /** The processes that serve, oldest first. */
  workers(): number[] {
    return processList()
      .filter(({ parent, command }) => parent === this.pid && command.includes('worker.ts'))
      .map(({ pid }) => pid)
  }

  /** Presses Ctrl-C, which every process of the terminal gets. */
  interrupt(): void {
    process.kill(-this.pid, 'SIGINT')
  }

  /** Resolves to its exit code, or to the signal that ended it. */
  async end(): Promise<unknown> {
    const timer = setTimeout(() => void this.kill(), END_MS_MAX)
    const [code, signal] = await this.#ended
    clearTimeout(timer)
    return code ?? signal
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      process.kill(-this.pid, 'SIGKILL')
    }
    await this.#ended
    for (const { pid, group } of processList()) {
      if (group === this.pid && isAlive(pid)) process.kill(pid, 'SIGKILL')
    }
  }
}
