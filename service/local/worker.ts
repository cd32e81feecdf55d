import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { multistream } from 'pino'
import { assemble } from '../assemble.ts'
import { currentEnvironment, loadConfig } from '../config.ts'
import { createLog } from '../log.ts'
import { DemoModelProvider } from './demo-model.ts'
import { localRoutes } from './local-routes.ts'
import { LogFile } from './log-file.ts'
import { demandedClaims, isDemo, localFolder } from './settings.ts'

// One of the processes of `npm start`: the service as in production, with the page beside it.

const ENDING_MS = 500

const environment = Object.fromEntries(
  Object.entries(currentEnvironment()).flatMap(([name, value]) => (value ? [[name, value]] : [])),
)
const demo = isDemo(environment)
const config = loadConfig({ modelKey: !demo })
const log = createLog(
  config.LOG_LEVEL,
  multistream([
    {
      level: 'debug',
      stream: new LogFile(join(localFolder(), 'service.log'), (line) => {
        process.stderr.write(`${line}\n`)
      }),
    },
    { level: 'error', stream: process.stderr },
  ]),
)

try {
  await serve()
} catch (error) {
  // Ctrl-C also ends the bundler of the page, a moment before it ends this process: no failure.
  await sleep(ENDING_MS)
  throw error
}

async function serve(): Promise<void> {
  const service = await assemble(
    config,
    demo ? { log, modelProvider: new DemoModelProvider() } : { log },
  )
  await service.app.register(localRoutes, {
    jwtSecret: config.JWT_SECRET ?? '',
    claims: demandedClaims(environment),
    attachmentsFolder: config.ATTACHMENTS_FOLDER,
    model: demo ? 'demo model' : config.OPENAI_MODEL,
    isDemo: demo,
    canDictate: !demo,
  })
  // Ctrl-C reaches every process of the terminal; the parent decides when it is this one's turn.
  process.on('SIGINT', () => undefined)
  // `on` and not `once`: the Agents SDK ends the process itself when it finds no other listener.
  process.on('SIGTERM', () => {
    service.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  })
  await service.app.listen({ port: config.PORT, host: config.HOST })
}
