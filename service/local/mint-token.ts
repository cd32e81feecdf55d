import { parseArgs } from 'node:util'
import { isName } from '../auth/claim-map.ts'
import { Environment } from '../config.ts'
import { LocalError, messageFor } from './local-error.ts'
import { demandedClaims, loadEnvFile, localEnvironment } from './settings.ts'
import { mintToken } from './tokens.ts'

// `npm run token -- --user alice --org acme --plan pro`: a token for local use, on standard output.

const HOURS = '1'
const HOURS_MAX = 720
const USAGE =
  'npm run token -- --user NAME [--org NAME] [--plan NAME] [--role admin] [--locale TAG] [--hours 1…720]'

try {
  process.exitCode = await main()
} catch (error) {
  const message = messageFor(error)
  if (message === undefined) throw error
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}

async function main(): Promise<number> {
  const options = readOptions()
  if (options?.help) {
    process.stdout.write(`${USAGE}\n`)
    return 0
  }
  const hours = Number(options?.hours ?? HOURS)
  if (!options?.user || !(hours > 0 && hours <= HOURS_MAX)) {
    process.stderr.write(`Usage: ${USAGE}\n`)
    return 1
  }
  const { user, org, plan, locale, role } = options
  // The service would refuse the token, and say nothing of why.
  const unnamed = Object.entries({ user, org, plan }).find(
    ([, value]) => value !== undefined && !isName(value),
  )
  if (unnamed) {
    process.stderr.write(
      `--${unnamed[0]} must be 1 to 255 visible characters: no control characters, nothing invisible.\n`,
    )
    return 1
  }
  loadEnvFile()
  const environment = localEnvironment()
  const secret = Environment.shape.JWT_SECRET.safeParse(environment['JWT_SECRET'])
  if (!secret.data) {
    const fault = secret.error?.issues[0]?.message ?? 'is missing'
    throw new LocalError(`JWT_SECRET: ${fault}`)
  }
  const subject = { user, org, plan, locale, role, ...demandedClaims(environment) }
  const token = await mintToken(subject, secret.data, Math.round(hours * 3_600))
  process.stdout.write(`${token}\n`)
  return 0
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        user: { type: 'string' },
        org: { type: 'string' },
        plan: { type: 'string' },
        role: { type: 'string' },
        locale: { type: 'string' },
        hours: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    return values
  } catch {
    return undefined
  }
}
