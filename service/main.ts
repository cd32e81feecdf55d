import { assemble, migrateDatabase } from './assemble.ts'
import type { Service } from './assemble.ts'
import { loadConfig } from './config.ts'
import { createLog } from './log.ts'
import { withAddress } from './start-error.ts'
import { runUserCommand } from './user-command.ts'

// What `node main.js …` can do. Without a word it serves.
const commands: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  serve,
  migrate: () => migrateDatabase(loadConfig()),
  user: (args) => runUserCommand(args, loadConfig({ modelKey: false })),
}

async function main([name = 'serve', ...args]: readonly string[]): Promise<void> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw new CommandError(Object.keys(commands))
  await command(args)
}

/** Somebody asked for what there is not. The message names what there is. */
class CommandError extends Error {
  override readonly name = 'CommandError'

  constructor(names: readonly string[]) {
    super(`There is no such command; there are: ${names.join(', ')}.`)
  }
}

/** The production process, one in a task: more than one vCPU would be idle. Ended by SIGTERM. */
async function serve(): Promise<void> {
  const config = loadConfig()
  const service = await assemble(config)
  stopOnSignal(service)
  const address = await withAddress(() =>
    service.app.listen({ port: config.PORT, host: config.HOST }),
  )
  service.log.info({ address, node: process.version }, 'listening')
}

function stopOnSignal(service: Service): void {
  const { log } = service
  const stopWith = (code: number) => {
    service.stop().then(
      () => process.exit(code),
      (error: unknown) => {
        log.fatal({ err: error }, 'did not stop cleanly')
        process.exit(1)
      },
    )
  }
  // `on` and not `once`: the Agents SDK ends the process itself when it finds no listener of
  // others.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.info({ signal }, 'stopping: live answers may end')
      stopWith(0)
    })
  }
  // A promise that nobody waited for belongs to one answer at most; the others go on.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'))
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception: stopping')
    stopWith(1)
  })
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  createLog('info').fatal({ err: error }, 'could not start')
  process.exitCode = 1
}
