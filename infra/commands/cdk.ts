import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { currentEnvironment } from '../../service/config.ts'
import { REPOSITORY_ROOT } from '../repository-root.ts'

/** Runs the CDK's command line with these words; resolves to its exit code. */
export type Cdk = (args: readonly string[], variables?: Variables) => Promise<number>
type Variables = Readonly<Record<string, string>>

// By its file, because npx takes whatever version it finds, and the newest cannot read our stacks.
const CLI = join(REPOSITORY_ROOT, 'node_modules/aws-cdk/bin/cdk')
const SIGNAL_EXIT_CODE = 130

/** The pinned CLI, at this terminal: it asks its questions here and shows its progress here. */
export const cdk: Cdk = async (args, variables = {}) => {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: REPOSITORY_ROOT,
    stdio: 'inherit',
    env: { ...currentEnvironment(), ...variables },
  })
  process.on('SIGINT', waitForCli)
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => resolve(code ?? SIGNAL_EXIT_CODE))
    })
  } finally {
    process.off('SIGINT', waitForCli)
  }
}

// Ctrl-C reaches the CLI as well, which must end in its own way before this process does.
function waitForCli(): void {}
