import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { z } from 'zod'
import type { Usage } from './subject.ts'

const Listening = z.object({ port: z.int() })
const Used = z.object({ cpuMicros: z.number(), memoryBytes: z.number() })

export type SubjectName = 'bare-agents' | 'node-sdk' | 'our-service' | 'raw-writes' | 'upstream'

export interface SubjectStart {
  readonly name: SubjectName
  /** What `subjectOptions` gives in the process. */
  readonly options?: unknown
  /** Where to leave a CPU profile when it ends, if one is wanted. */
  readonly profiles?: string | undefined
}

/** A process that is measured, from the side of the bench. */
export class Subject implements AsyncDisposable {
  readonly name: SubjectName
  readonly port: number
  readonly #child: ChildProcess

  private constructor(name: SubjectName, port: number, child: ChildProcess) {
    this.name = name
    this.port = port
    this.#child = child
  }

  /** Starts one; resolves when it listens. */
  static async start({ name, options = {}, profiles }: SubjectStart): Promise<Subject> {
    const file = join(import.meta.dirname, 'subjects', `${name}.ts`)
    const profiling = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]
    const child = fork(file, [JSON.stringify(options)], {
      execArgv: ['--expose-gc', ...profiling],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${name} ended before it listened`)
    })
    const [message] = await Promise.race([once(child, 'message'), ended])
    return new Subject(name, Listening.parse(message).port, child)
  }

  /** What it has used so far. */
  usage(): Promise<Usage> {
    return this.#ask('usage')
  }

  /** The same after its garbage has been collected. */
  memory(): Promise<Usage> {
    return this.#ask('memory')
  }

  /** The CPU time that it takes while some work is done, in microseconds. */
  async cpuOf(work: () => Promise<unknown>): Promise<number> {
    const before = await this.usage()
    await work()
    return (await this.usage()).cpuMicros - before.cpuMicros
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.disconnect()
    await ended
  }

  async #ask(question: 'usage' | 'memory'): Promise<Usage> {
    const answered = once(this.#child, 'message')
    this.#child.send(question)
    return Used.parse((await answered)[0])
  }
}
