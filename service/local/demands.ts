import { LocalError } from './local-error.ts'
import { probePort } from './port.ts'

type Environment = Readonly<Record<string, string>>

const ANOTHER_PORT = 'PORT=3000 npm start'
const PORT_MAX = 65_535

// What has another place here than in production.
const INSTEAD: readonly (readonly [string, string])[] = [
  ['DATABASE_SECRET_ID', 'set DATABASE_URL, or neither for a database of its own'],
  ['JWT_SECRET_SECRET_ID', 'set JWT_SECRET, or neither for a key of its own'],
]

/** Refuses what is for production alone, so that no word is about a variable nobody has set. */
export function demandLocal(environment: Environment): void {
  const faults = INSTEAD.flatMap(([name, instead]) =>
    environment[name] ? [`${name} is for production; with npm start, ${instead}.`] : [],
  )
  if (environment['NODE_ENV'] === 'production') {
    faults.unshift('NODE_ENV is "production", and npm start is for development; leave it out.')
  }
  if (faults.length > 0) throw new LocalError(faults.join('\n'))
}

/** Refuses a port that cannot be listened on, and says why. */
export async function demandPort(environment: Environment): Promise<void> {
  const { PORT: written = '', HOST: host = '' } = environment
  const port = /^\d+$/.test(written) ? Number(written) : 0
  if (port < 1 || port > PORT_MAX) {
    throw new LocalError(`PORT is "${written}"; it must be a number from 1 to ${PORT_MAX}.`)
  }
  const state = await probePort(port, host)
  const faults = {
    free: undefined,
    ours: `It is running already: http://localhost:${port}`,
    taken: `Port ${port} is taken by another program. Stop that, or choose another port: ${ANOTHER_PORT}`,
    forbidden: `This user may not listen on port ${port}. Choose another port: ${ANOTHER_PORT}`,
    elsewhere: `HOST is "${host}", which is no address of this machine. Leave it out, or set 0.0.0.0.`,
  }
  const fault = faults[state]
  if (fault !== undefined) throw new LocalError(fault)
}
