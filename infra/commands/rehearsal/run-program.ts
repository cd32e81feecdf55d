import { spawn } from 'node:child_process'
import { REPOSITORY_ROOT } from '../../repository-root.ts'

export interface ProgramResult {
  /** 127 where there is no such program. */
  readonly code: number
  readonly stdout: string
  /** Both, in the order in which they came. */
  readonly output: string
}

export interface ProgramOptions {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

const NOT_FOUND = 127
const TIMEOUT_MS = 300_000

/** Runs a program to its end, and keeps what it says. */
export function runProgram(
  program: string,
  args: readonly string[],
  { input = '', env, timeoutMs = TIMEOUT_MS }: ProgramOptions = {},
): Promise<ProgramResult> {
  const child = spawn(program, args, {
    cwd: REPOSITORY_ROOT,
    timeout: timeoutMs,
    ...(env && { env }),
  })
  let [stdout, output] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stdin.on('error', () => undefined) // it ended without reading
  child.stdin.end(input)
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: NOT_FOUND, stdout, output: error.message }))
    child.once('close', (code, signal) =>
      resolve({
        code: code ?? 1,
        stdout,
        output: signal ? `${output}\nended by ${signal}` : output,
      }),
    )
  })
}
