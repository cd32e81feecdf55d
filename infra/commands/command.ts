import { parseArgs, type ParseArgsConfig, type ParseArgsOptionsConfig } from 'node:util'
import { ConfigError } from '../read-config.ts'
import { sentenceOfAwsError } from './aws-errors.ts'

/** What a command accepts and how it explains itself. */
export interface CommandSpec<Options extends ParseArgsOptionsConfig> {
  /** Shown by `--help`; its first line is the way the command is written. */
  readonly help: string
  readonly options: Options
  /** How many words without dashes the command takes. */
  readonly words?: number
}

/** Every command knows `--help`, so it is no part of a command's own options. */
const HELP = { help: { type: 'boolean', short: 'h' } } as const
const USAGE_EXIT_CODE = 2

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; strict: true; allowPositionals: true }>
>['values']

/**
 * Ends a command with a sentence for a person, who has nothing to debug and gets no stack trace.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** The command was written in a way that it does not understand. */
export class UsageError extends CommandError {}

/**
 * Runs a command with the words behind its name, and sets the exit code of the process: that which
 * `run` returns, 1 for whatever is refused or fails, 2 for a command that was written wrongly.
 */
export async function command<const Options extends ParseArgsOptionsConfig>(
  spec: CommandSpec<Options>,
  run: (values: Values<Options>, words: readonly string[]) => Promise<number | void>,
): Promise<void> {
  try {
    const { values, positionals } = parse(spec)
    if (positionals === undefined) say(spec.help)
    else process.exitCode = (await run(values, positionals)) ?? 0
  } catch (error) {
    const sentence = sentenceOf(error)
    if (sentence === undefined) throw error
    process.stderr.write(`${sentence}\n`)
    process.exitCode = error instanceof UsageError ? USAGE_EXIT_CODE : 1
  }
}

/** Writes one line, or several, to standard output. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function parse<Options extends ParseArgsOptionsConfig>(spec: CommandSpec<Options>) {
  const args = process.argv.slice(2)
  refuseUnknown(args, spec)
  const config = { args, options: spec.options, strict: true, allowPositionals: true } as const
  if (wantsHelp(args)) return { values: parseArgs({ ...config, args: [] }).values }
  const { values, positionals } = withSentence(() => parseArgs(config))
  const surplus = positionals[spec.words ?? 0]
  if (surplus !== undefined) {
    throw new UsageError(`"${surplus}" is not understood. ${allowed(spec)}`)
  }
  return { values, positionals }
}

function wantsHelp(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h')
}

// Before parsing, because the parser's own sentence talks of escaping and does not say what exists.
function refuseUnknown<Options extends ParseArgsOptionsConfig>(
  args: string[],
  spec: CommandSpec<Options>,
): void {
  const known: ParseArgsConfig = { args, options: { ...spec.options, ...HELP }, strict: false }
  const { tokens } = parseArgs({ ...known, tokens: true, allowPositionals: true })
  for (const token of tokens ?? []) {
    if (token.kind !== 'option' || token.name in { ...spec.options, ...HELP }) continue
    throw new UsageError(`There is no option ${token.rawName}. ${allowed(spec)}`)
  }
}

function withSentence<Result>(parseStrictly: () => Result): Result {
  try {
    return parseStrictly()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UsageError(`${error.message.split('. ')[0]?.split('\n')[0]}.`, { cause: error })
  }
}

function allowed<Options extends ParseArgsOptionsConfig>(spec: CommandSpec<Options>): string {
  const names = Object.keys({ ...spec.options, ...HELP }).map((name) => `--${name}`)
  return `Allowed: ${spec.help.split('\n')[0]} (options: ${names.join(', ')})`
}

function sentenceOf(error: unknown): string | undefined {
  if (error instanceof CommandError || error instanceof ConfigError) return error.message
  return sentenceOfAwsError(error)
}
