import { parseArgs } from 'node:util'
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
  const hours = Number(options?.hours ?? HOURS)
  if (!options?.user || !(hours > 0 && hours <= HOURS_MAX)) {
    process.stderr.write(`Usage: ${USAGE}\n`)
    return 1
  }
  loadEnvFile()
  const environment = localEnvironment()
  const { user, org, plan, locale, role } = options
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
      },
    })
    return values
  } catch {
    return undefined
  }
}
