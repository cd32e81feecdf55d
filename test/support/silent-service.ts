import { assemble } from '../../service/assemble.ts'
import { loadConfig } from '../../service/config.ts'
import { scripted, untilAborted } from './scripted-application.ts'

// A process of the service whose answers begin and say nothing until they are stopped.

const config = loadConfig({ modelKey: false })
const application = scripted((chat) => untilAborted(chat.signal))
const { app, log } = await assemble(config, { application })
const address = await app.listen({ port: config.PORT, host: config.HOST })
log.info({ address }, 'listening')
