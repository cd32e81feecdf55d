import { join, relative } from 'node:path'
import { loadConfig } from '../config.ts'
import { isLoopback } from './loopback.ts'
import { isDemo, localFolder } from './settings.ts'

const OPEN = 'to whoever reaches this machine (HOST); tokens are given on this machine alone'

export interface GreetingOptions {
  readonly processes: number
  /** Whether the database is the one that `npm start` brings along. */
  readonly isEmbedded: boolean
}

/** What one has to know of a service that has just started. */
export function greeting(
  environment: Readonly<Record<string, string>>,
  { processes, isEmbedded }: GreetingOptions,
): string {
  const data = isEmbedded ? shortPath('postgres') : 'the database of DATABASE_URL'
  return [
    '',
    `  Page    http://localhost:${environment['PORT']}`,
    `  Model   ${modelOf(environment)}`,
    `  Data    ${data}, used by ${processes} processes`,
    `  Log     ${shortPath('service.log')}`,
    ...(isLoopback(environment['HOST'] ?? '') ? [] : [`  Open    ${OPEN}`]),
    '  Stop    Ctrl-C',
    '',
  ].join('\n')
}

/** The path of something in the local folder, as one would type it here. */
export function shortPath(name: string): string {
  const path = join(localFolder(), name)
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}

function modelOf(environment: Readonly<Record<string, string>>): string {
  if (isDemo(environment)) return 'the built-in demo (for a real one: OPENAI_API_KEY in .env)'
  const { OPENAI_MODEL: model, OPENAI_BASE_URL: address } = loadConfig({}, environment)
  return address === undefined ? model : `${model} at ${address}`
}
