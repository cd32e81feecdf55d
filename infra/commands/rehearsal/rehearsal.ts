import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Environment } from '../../read-config.ts'
import { CommandError, say } from '../command.ts'
import { REPOSITORY_ROOT } from '../../repository-root.ts'
import { Assembly } from './assembly.ts'
import { Answers, expectationsOf } from './expectations.ts'
import { Moto } from './moto.ts'
import { type ProgramResult, runProgram } from './run-program.ts'
import { ACCOUNT, HOST_NAME, type Rehearsal, rehearsedSettings, ZONE } from './settings.ts'

const CLI = join(REPOSITORY_ROOT, 'node_modules/aws-cdk/bin/cdk')
const COMMANDS = join(REPOSITORY_ROOT, 'infra/commands')
const ASK = join(COMMANDS, 'rehearsal/ask_moto.py')
const OUTPUT_LINES_MAX = 40
const HELPED =
  'Helped along by API: secrets and parameter groups, which its CloudFormation cannot make; attributes of balancer and target group, set from the template, which it drops; policies and route tables, which it would delete in the wrong order.'
const Prepared = z.object({ zoneId: z.string(), certificateArn: z.string() })

/** Deploys, changes and destroys an environment with the real CLI, in an AWS on this machine. */
export async function rehearse(settings: Environment, isVerbose: boolean): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chatkit-rehearsal-'))
  try {
    const log = join(folder, 'moto.log')
    await using moto = await Moto.start(settings.region, log)
    await new Performance(moto, settings, { folder, isVerbose })
      .run()
      .catch(async (error: unknown) => {
        if (!(error instanceof CommandError)) throw error
        const words = lastLines(withoutRequests(await readFile(log, 'utf8')))
        throw new CommandError(`${error.message}\n\nWhat moto said last:\n${words}`, {
          cause: error,
        })
      })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface PerformanceOptions {
  readonly folder: string
  readonly isVerbose: boolean
}

interface Scene {
  readonly rehearsal: Rehearsal
  readonly assembly: Assembly
  readonly input?: string
}

class Performance {
  readonly #moto: Moto
  readonly #settings: Environment
  readonly #options: PerformanceOptions
  /** By logical id: what was made by API instead of by CloudFormation. */
  readonly #made = new Map<string, string>()

  constructor(moto: Moto, settings: Environment, options: PerformanceOptions) {
    this.#moto = moto
    this.#settings = settings
    this.#options = options
  }

  async run(): Promise<void> {
    const { environment, region, disposable } = this.#settings
    const prepared = Prepared.parse(await this.#ask(['prepare', ZONE, HOST_NAME]))
    const first: Rehearsal = { environment, ...prepared, isChanged: false }
    const assembly = await this.#synthesize(first)
    await assembly.lint()

    await this.#refusesToDeploy(first, assembly)
    await this.#cli('bootstrap', [
      'bootstrap',
      `aws://${ACCOUNT}/${region}`,
      '-c',
      `env=${environment}`,
    ])
    await this.#setKey(first, assembly)
    await this.#deployAndAsk(first, assembly)

    const second: Rehearsal = { ...first, isChanged: true }
    const changed = await this.#synthesize(second)
    await this.#deployAndAsk(second, changed)

    if (disposable) await this.#destroy(second, changed)
    else await this.#refusesToDestroy(second, changed)
    say(`Not rehearsed, as moto cannot: ${changed.notRehearsed.join(', ')}.`)
    say(HELPED)
  }

  async #synthesize(rehearsal: Rehearsal): Promise<Assembly> {
    const name = rehearsal.isChanged ? 'second' : 'first'
    const folder = join(this.#options.folder, name)
    const app = 'node infra/commands/rehearsal/app.ts'
    const context = ['-c', `rehearsal=${JSON.stringify(rehearsal)}`]
    await this.#cli(`synth (${name} version)`, [
      'synth',
      '--quiet',
      '--app',
      app,
      ...context,
      '--output',
      folder,
    ])
    return new Assembly(folder, (args, input) => this.#ask(args, input), this.#made)
  }

  /** Nothing has been prepared yet, and the command says so before it changes anything. */
  async #refusesToDeploy(rehearsal: Rehearsal, assembly: Assembly): Promise<void> {
    const { code, output } = await this.#step('deploy', { rehearsal, assembly })
    const lacks = /not bootstrapped/.test(output) && /OpenAI key .* is not set/.test(output)
    this.#demand(
      'deploy without bootstrap and key is refused, in words',
      code === 1 && lacks,
      output,
    )
  }

  async #setKey(rehearsal: Rehearsal, assembly: Assembly): Promise<void> {
    const key = `sk-proj-${randomBytes(48).toString('base64url')}`
    const { code, output } = await this.#step('set-key', { rehearsal, assembly, input: key })
    this.#demand('secret set openai', code === 0 && !output.includes(key), output)
  }

  async #deployAndAsk(rehearsal: Rehearsal, assembly: Assembly): Promise<void> {
    const name = rehearsal.isChanged ? 'deploy of a change' : 'deploy'
    await assembly.adapt(rehearsal.isChanged ? 'Second' : 'First')
    const { code, output } = await this.#step('deploy', { rehearsal, assembly })
    this.#demand(name, code === 0, output)
    await assembly.setAttributes()
    const settings = rehearsedSettings(rehearsal)
    const prefix = `${settings.name}-${settings.environment}-`
    const answers = Answers.parse(await this.#ask(['ask', prefix]))
    const expectations = expectationsOf(answers, settings)
    const wrong = expectations.filter(({ expected, found }) => !isDeepStrictEqual(expected, found))
    const faults = wrong.map(
      ({ what, expected, found }) =>
        `${what}: must be ${JSON.stringify(expected)}, is ${JSON.stringify(found)}`,
    )
    this.#demand(`${expectations.length} things asked back`, wrong.length === 0, faults.join('\n'))
  }

  async #destroy(rehearsal: Rehearsal, assembly: Assembly): Promise<void> {
    await this.#ask(['loosen'])
    const { code, output } = await this.#step('destroy', { rehearsal, assembly })
    this.#demand('destroy', code === 0, output)
    const { name, environment } = this.#settings
    const { stacks } = Answers.parse(await this.#ask(['ask', `${name}-${environment}-`]))
    this.#demand(
      'nothing is left of the stacks',
      Object.keys(stacks).length === 0,
      JSON.stringify(stacks),
    )
  }

  async #refusesToDestroy(rehearsal: Rehearsal, assembly: Assembly): Promise<void> {
    const { code, output } = await this.#step('destroy', { rehearsal, assembly })
    const isRefused = code === 1 && output.includes('is not disposable')
    this.#demand('destroy is refused, as the environment is not disposable', isRefused, output)
  }

  #step(step: string, { rehearsal, assembly, input = '' }: Scene): Promise<ProgramResult> {
    const script = join(COMMANDS, 'rehearsal/step.ts')
    const args = [script, step, JSON.stringify(rehearsal), assembly.folder]
    return runProgram(process.execPath, args, { env: this.#moto.variables, input })
  }

  async #cli(what: string, args: readonly string[]): Promise<void> {
    const result = await runProgram(process.execPath, [CLI, ...args], { env: this.#moto.variables })
    this.#demand(what, result.code === 0, result.output)
  }

  async #ask(args: readonly string[], input = ''): Promise<unknown> {
    const env = this.#moto.variables
    const { code, stdout, output } = await runProgram('python3', [ASK, ...args], { env, input })
    if (code !== 0) throw new CommandError(`moto refused "${args[0]}":\n${lastLines(output)}`)
    return JSON.parse(stdout)
  }

  #demand(what: string, holds: boolean, output: string): void {
    if (this.#options.isVerbose) say(output)
    if (!holds) throw new CommandError(`✗ ${what}\n${lastLines(output)}`)
    say(`✓ ${what}`)
  }
}

function lastLines(output: string): string {
  return output.trimEnd().split('\n').slice(-OUTPUT_LINES_MAX).join('\n')
}

/** A log of moto without the lines that only say that it was asked. */
function withoutRequests(log: string): string {
  return log.replaceAll(/^.*"[A-Z]+ \/.* HTTP\/.*\n/gm, '')
}
