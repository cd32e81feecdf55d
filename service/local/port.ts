import { createServer } from 'node:net'
import { z } from 'zod'
import { systemCode } from './postgres-error.ts'

const PROBE_MS = 1_000

export type PortState = 'free' | 'ours' | 'taken' | 'forbidden' | 'elsewhere'

/**
 * Whether a port of this machine can be listened on, or what stands in the way; `elsewhere` when
 * the host is no address of this machine.
 */
export async function probePort(port: number, host: string): Promise<PortState> {
  const code = await listenFault(port, host)
  if (code === undefined) return 'free'
  if (code === 'EACCES') return 'forbidden'
  if (code !== 'EADDRINUSE') return 'elsewhere'
  return (await answersLikeUs(port)) ? 'ours' : 'taken'
}

function listenFault(port: number, host: string): Promise<string | undefined> {
  const server = createServer()
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  server.once('error', (error) => resolve(systemCode(error) ?? error.message))
  server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)))
  return promise
}

async function answersLikeUs(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/local/config`, {
      signal: AbortSignal.timeout(PROBE_MS),
    })
    return z.object({ demo: z.boolean() }).safeParse(await response.json()).success
  } catch {
    return false
  }
}
