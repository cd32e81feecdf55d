import helmet from '@fastify/helmet'
import { fastify } from 'fastify'
import { HSTS_SECONDS } from './limits.ts'

const OPTIONS = {
  // The last two do not follow from the first.
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], frameAncestors: ["'none'"] },
  },
  strictTransportSecurity: { maxAge: HSTS_SECONDS, includeSubDomains: true },
  // The frontend is another origin than this service, and CORS decides who may read.
  crossOriginResourcePolicy: { policy: 'cross-origin' },
} as const

/**
 * What every answer tells browsers to be careful about, as helmet has it. It is the same each time,
 * so helmet is asked once: to have it make these for each request takes a tenth of a short answer.
 */
export async function securityHeaders(): Promise<Readonly<Record<string, string>>> {
  const plain = await headersOf(false)
  const careful = await headersOf(true)
  return Object.fromEntries(
    Object.entries(careful).flatMap(([name, value]) =>
      name in plain || value === undefined ? [] : [[name, String(value)]],
    ),
  )
}

async function headersOf(isCareful: boolean) {
  const app = fastify()
  if (isCareful) await app.register(helmet, OPTIONS)
  const { headers } = await app.inject('/')
  await app.close()
  return headers
}
