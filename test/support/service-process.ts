import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { currentEnvironment } from '../../service/config.ts'
import { eventually } from './eventually.ts'
import { JWT_SECRET, ORIGIN } from './service.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'service', 'main.ts')

/**
 * The service as production runs it: a process of its own, with nothing in its environment else
 * that it would read.
 */
export class ServiceProcess {
  readonly #child
  #output = ''

  private constructor(environment: Readonly<Record<string, string>>, program: string) {
    this.#child = spawn(process.execPath, [program], {
      env: {
        HOST: '127.0.0.1',
        PORT: '0',
        JWT_SECRET,
        FRONTEND_URL: ORIGIN,
        NODE_COMPILE_CACHE: currentEnvironment()['NODE_COMPILE_CACHE'],
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
    }
  }

  /**
   * Starts one that ends with the test; resolves when it listens. `program` may be another one that
   * assembles the service.
   */
  static async start(
    t: TestContext,
    environment: Readonly<Record<string, string>>,
    program = MAIN,
  ): Promise<ServiceProcess> {
    const started = new ServiceProcess(environment, program)
    t.after(() => started.#child.kill('SIGKILL'))
    await eventually(() => {
      if (started.#child.exitCode !== null) throw new Error(`it ended: ${started.output}`)
      return started.output.includes('"listening"')
    })
    return started
  }

  /** Where it listens: the port is the system's choice. */
  get url(): string {
    return /"address":"([^"]+)"/.exec(this.#output)?.[1] ?? ''
  }

  /** What it has printed so far, on both outputs. */
  get output(): string {
    return this.#output
  }

  /** Ends it as the platform does; resolves to its exit code. */
  async stop(): Promise<unknown> {
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGTERM')
    return (await closed)[0]
  }

  /** Takes the processor from it; its connections stand, and it does not know afterwards. */
  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await closed
  }
}
