import { createServer } from 'node:net'
import { z } from 'zod'

const PROBE_MS = 1_000

export type PortState = 'free' | 'ours' | 'taken'

/** Whether a port of this machine can be listened on, or what stands in the way. */
export async function probePort(port: number, host: string): Promise<PortState> {
  if (await canListen(port, host)) return 'free'
  return (await answersLikeUs(port)) ? 'ours' : 'taken'
}

function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer()
  const { promise, resolve } = Promise.withResolvers<boolean>()
  server.once('error', () => resolve(false))
  server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
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
