import { assemble } from './assemble.ts'
import type { Service } from './assemble.ts'
import { loadConfig } from './config.ts'
import { createLog } from './log.ts'

/** The production process: one for each vCPU, ended by SIGTERM. */
async function main(): Promise<void> {
  const config = loadConfig()
  const service = await assemble(config)
  stopOnSignal(service)
  const address = await service.app.listen({ port: config.PORT, host: config.HOST })
  service.log.info({ address, node: process.version }, 'listening')
}

function stopOnSignal(service: Service): void {
  const { log } = service
  let isStopping = false
  const onSignal = (signal: NodeJS.Signals) => {
    if (isStopping) return
    isStopping = true
    log.info({ signal }, 'stopping: live answers may end')
    service.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.fatal({ err: error }, 'did not stop cleanly')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

try {
  await main()
} catch (error) {
  createLog('info').fatal({ err: error }, 'could not start')
  process.exitCode = 1
}
