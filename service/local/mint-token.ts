import { parseArgs } from 'node:util'
import { isName } from '../auth/claim-map.ts'
import { demandedClaims, loadEnvFile, localEnvironment } from './settings.ts'
import { mintToken } from './tokens.ts'

// `npm run token -- --user alice --org acme --plan pro`: a token for local use, on standard output.

const HOURS = '1'
const HOURS_MAX = 720
const USAGE =
  'npm run token -- --user NAME [--org NAME] [--plan NAME] [--role admin] [--locale TAG] [--hours 1…720]'

process.exitCode = await main()

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
  const subject = { user, org, plan, locale, role, ...demandedClaims(environment) }
  const token = await mintToken(subject, environment['JWT_SECRET'] ?? '', Math.round(hours * 3_600))
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
