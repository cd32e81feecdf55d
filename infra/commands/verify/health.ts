import { failed, passed, skipped } from './check.ts'
import type { Finding, Part } from './check.ts'
import type { Site } from './site.ts'

const VERSION_HEADERS = ['x-version', 'x-service-version', 'x-chatkit-version']

/** What the balancer and an operator ask. */
export const health: Part = {
  name: 'health',
  title: 'Health',
  checks: [
    {
      id: 'health.live',
      title: 'GET /health',
      remedy: 'Answer {"status":"ok"} without asking anything else, and without a token.',
      run: isAlive,
    },
    {
      id: 'health.ready',
      title: 'GET /ready',
      remedy: 'See in the log why the service is not ready: infra/RUNBOOK.md.',
      run: isReady,
    },
    {
      id: 'health.version',
      title: 'version',
      remedy: '',
      run: versionOf,
    },
  ],
}

async function isAlive(site: Site): Promise<Finding> {
  const { status, body } = await site.wire.ask({ method: 'GET', path: '/health' })
  const saw = `${status} ${body.slice(0, 100)}`
  return status === 200 && body === '{"status":"ok"}' ? passed(saw) : failed(saw)
}

async function isReady(site: Site): Promise<Finding> {
  const { status, body } = await site.wire.ask({ method: 'GET', path: '/ready' })
  const saw = `${status} ${body.slice(0, 100)}`
  return status === 200 && body.includes('"ready"') ? passed(saw) : failed(saw)
}

async function versionOf(site: Site): Promise<Finding> {
  const { headers } = await site.wire.ask({ method: 'GET', path: '/health' })
  const name = VERSION_HEADERS.find((header) => headers.has(header))
  if (name === undefined) return skipped('no answer says its version')
  return passed(`${name}: ${headers.get(name)}`)
}
