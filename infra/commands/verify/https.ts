import { request } from 'node:http'
import { connect } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { judge, passed, failed, skipped } from './check.ts'
import type { Finding, Part } from './check.ts'
import type { Site } from './site.ts'
import { codeAndMessage } from './wire.ts'

const CONNECT_MS_MAX = 10_000
const DAYS_LEFT_MIN = 14
const DAY_MS = 86_400_000
const HSTS_SECONDS_MIN = 31_536_000
const LOCAL = 'plain HTTP on this machine'

/** Nothing travels in the clear. */
export const https: Part = {
  name: 'https',
  title: 'HTTPS',
  checks: [
    {
      id: 'https.certificate',
      title: 'certificate',
      remedy: 'Issue a certificate for this host name; ACM renews its own.',
      run: certificateIsValid,
    },
    {
      id: 'https.version',
      title: 'TLS 1.2 or newer',
      remedy:
        'Choose a security policy without TLS 1.0 and 1.1, such as ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09.',
      after: ['https.certificate'],
      run: versionIsRecent,
    },
    {
      id: 'https.redirect',
      title: 'port 80 redirects',
      remedy:
        'Answer on port 80 with 301 to the same address under https://, and with nothing else.',
      run: portRedirects,
    },
    {
      id: 'https.hsts',
      title: 'HSTS',
      remedy: `Send strict-transport-security with max-age=${HSTS_SECONDS_MIN}; includeSubDomains.`,
      after: ['https.certificate'],
      run: hstsIsSent,
    },
  ],
}

async function certificateIsValid({ wire }: Site): Promise<Finding> {
  if (!wire.isEncrypted) return skipped(LOCAL)
  try {
    const socket = await connectTo(wire.base, { ca: wire.ca })
    const days = Math.floor(
      (Date.parse(socket.getPeerCertificate().valid_to) - Date.now()) / DAY_MS,
    )
    socket.destroy()
    const saw = `valid for ${wire.base.hostname}, ${days} days left`
    return days < DAYS_LEFT_MIN ? failed(saw) : passed(saw)
  } catch (error) {
    return failed(codeAndMessage(error))
  }
}

async function versionIsRecent({ wire }: Site): Promise<Finding> {
  if (!wire.isEncrypted) return skipped(LOCAL)
  const socket = await connectTo(wire.base, { ca: wire.ca })
  const version = socket.getProtocol() ?? 'nothing'
  socket.destroy()
  const old: string[] = []
  for (const maxVersion of ['TLSv1', 'TLSv1.1'] as const) {
    if (await accepts(wire.base, { ca: wire.ca, maxVersion })) old.push(`${maxVersion} is accepted`)
  }
  return judge(old, `${version}; 1.0 and 1.1 are refused`)
}

async function accepts(base: URL, options: ConnectionOptions): Promise<boolean> {
  // OpenSSL itself refuses these versions unless its own level of security is lowered.
  const old = { ...options, minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' } as const
  try {
    const socket = await connectTo(base, old)
    socket.destroy()
    return true
  } catch {
    return false
  }
}

async function connectTo(base: URL, options: ConnectionOptions): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>()
  const host = base.hostname.replace(/^\[|\]$/g, '')
  const servername = /^[\d.]+$|:/.test(host) ? {} : { servername: host }
  const { ca, ...rest } = options
  const trust = ca === undefined ? {} : { ca }
  const socket = connect({ host, port: Number(base.port || 443), ...servername, ...trust, ...rest })
  socket.setTimeout(CONNECT_MS_MAX, () => socket.destroy(new Error('no connection')))
  socket.once('secureConnect', () => resolve(socket))
  socket.on('error', reject)
  return await promise
}

async function portRedirects({ wire, options }: Site): Promise<Finding> {
  if (!wire.isEncrypted) return skipped(LOCAL)
  const { hostname } = wire.base
  const { status, location } = await askPlainly(hostname, options.httpPort)
  const target = URL.parse(location)
  const saw = `${status} to ${location || 'nowhere'}`
  const isRight =
    status === 301 &&
    target?.protocol === 'https:' &&
    target.hostname === hostname &&
    target.port === wire.base.port &&
    target.pathname === '/chatkit'
  return isRight ? passed(saw) : failed(saw)
}

async function askPlainly(hostname: string, port: number) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; location: string }>()
  const ask = request({ hostname, port, path: '/chatkit', method: 'GET', timeout: CONNECT_MS_MAX })
  ask.once('response', (response) => {
    response.resume()
    resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? '' })
  })
  ask.once('timeout', () => ask.destroy(new Error(`nothing answers on port ${port}`)))
  ask.on('error', reject)
  ask.end()
  return await promise
}

async function hstsIsSent({ wire }: Site): Promise<Finding> {
  if (!wire.isEncrypted) return skipped(LOCAL)
  const faults: string[] = []
  let saw = ''
  for (const ask of [{ method: 'GET', path: '/health' }, { body: '{}' }]) {
    const { status, headers } = await wire.ask(ask)
    const value = headers.get('strict-transport-security') ?? ''
    const seconds = Number(/max-age=(\d+)/i.exec(value)?.[1] ?? 0)
    if (seconds < HSTS_SECONDS_MIN) faults.push(`${value || 'none'} with ${status}`)
    saw = value
  }
  return judge(faults, saw)
}
