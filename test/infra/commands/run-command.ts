import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { currentEnvironment } from '../../../service/config.ts'
import { REPOSITORY_ROOT } from '../synthesized.ts'

export interface CommandRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  readonly input?: string
  /** Instead of the environment of this process, of which only PATH and HOME are kept. */
  readonly env?: Readonly<Record<string, string>>
  /** Below `infra/commands`, without its ending. */
  readonly folder?: string
}

const COMMAND_MS_MAX = 200_000

/** Runs one of the commands as npm does, with nothing of this machine's AWS. */
export function runCommand(
  name: string,
  args: readonly string[],
  { input = '', env = {}, folder = 'infra/commands' }: CommandOptions = {},
): Promise<CommandRun> {
  const { PATH = '', HOME = '', npm_execpath: npm = '', NODE_COMPILE_CACHE } = currentEnvironment()
  const file = join(REPOSITORY_ROOT, folder, `${name}.ts`)
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [file, ...args],
      {
        cwd: REPOSITORY_ROOT,
        timeout: COMMAND_MS_MAX,
        maxBuffer: 16 * 1024 * 1024,
        env: {
          PATH,
          HOME,
          npm_execpath: npm,
          NODE_COMPILE_CACHE,
          AWS_EC2_METADATA_DISABLED: 'true',
          AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
          AWS_CONFIG_FILE: '/nonexistent',
          ...env,
        },
      },
      (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr }),
    )
    child.stdin?.on('error', () => undefined) // it ended without reading
    child.stdin?.end(input)
  })
}

/** Whether a text looks like what Node prints for an error that nobody has caught. */
export function hasStackTrace(text: string): boolean {
  return /^\s+at .+:\d+:\d+\)?$/m.test(text)
}
