import type { FastifyPluginAsync } from 'fastify'

export interface HealthOptions {
  readonly isDraining: () => boolean
  readonly isDatabaseReachable: () => Promise<boolean>
}

const CHECK_FRESH_MS = 1_000
const OUTAGE_TOLERATED_MS = 60_000

/**
 * `/health` is liveness: the process answers. It never asks the database, since a restart would
 * not bring that back.
 *
 * `/ready` is for the balancer: not while draining. A process that has lost the database stays in
 * for one to two minutes, each for a time of its own: when all have lost it, taking all of them
 * out at once would end the answers that go on without it.
 */
export const healthRoutes: FastifyPluginAsync<HealthOptions> = async (app, options) => {
  const tolerated = OUTAGE_TOLERATED_MS * (1 + Math.random())
  let reachableAt = performance.now()
  let checkedAt = -Infinity
  let isReachable = true

  // Looks again behind the answer: one that waits for a frozen database would come too late for the
  // balancer, which would take out every process at once.
  function lookAgain(): void {
    if (performance.now() - checkedAt < CHECK_FRESH_MS) return
    checkedAt = performance.now()
    void options.isDatabaseReachable().then((result) => {
      isReachable = result
      if (result) reachableAt = performance.now()
    })
  }

  app.get('/health', () => ({ status: 'ok' }))

  app.get('/ready', (_request, reply) => {
    if (options.isDraining()) return reply.code(503).send({ status: 'draining' })
    lookAgain()
    if (isReachable) return reply.send({ status: 'ready', database: 'reachable' })
    const isTolerated = performance.now() - reachableAt < tolerated
    return reply
      .code(isTolerated ? 200 : 503)
      .send({ status: isTolerated ? 'ready' : 'unavailable', database: 'unreachable' })
  })
}
