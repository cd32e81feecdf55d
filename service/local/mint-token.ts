import { parseArgs } from 'node:util'
import { loadEnvFile, localEnvironment } from './settings.ts'
import { mintToken } from './tokens.ts'

// `npm run token -- --user alice --org acme --plan pro`: a token for local use, on standard output.

const HOURS = '1'
const HOURS_MAX = 720
const USAGE =
  'npm run token -- --user NAME [--org NAME] [--plan NAME] [--locale TAG] [--hours 1…720]'

process.exitCode = await main()

async function main(): Promise<number> {
  const options = readOptions()
  const hours = Number(options?.hours ?? HOURS)
  if (!options?.user || !(hours > 0 && hours <= HOURS_MAX)) {
    process.stderr.write(`Usage: ${USAGE}\n`)
    return 1
  }
  loadEnvFile()
  const secret = localEnvironment()['JWT_SECRET'] ?? ''
  const { user, org, plan, locale } = options
  const token = await mintToken({ user, org, plan, locale }, secret, Math.round(hours * 3_600))
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
        locale: { type: 'string' },
        hours: { type: 'string' },
      },
    })
    return values
  } catch {
    return undefined
  }
}
