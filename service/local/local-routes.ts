import type { FastifyPluginAsync } from 'fastify'
import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import { FolderFiles } from '../store/files/folder-files.ts'
import { localAttachmentRoutes } from './attachment-routes.ts'
import { isLoopback } from './loopback.ts'
import { bundlePage } from './page/bundle.ts'
import { contentSecurityPolicies } from './page/content-security-policies.ts'
import { mintToken } from './tokens.ts'
import type { TokenSubject } from './tokens.ts'

/** Who one can be on the local page. Any of them gets a token for the asking. */
const USERS = ['alice', 'bob', 'carol'] as const
const ORG = 'local'
const TOKEN_SECONDS = 3_600
const TOKENS_ARE_LOCAL =
  'Tokens are given to the machine that the service runs on alone. There: npm run token'
const LOCAL_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

export interface LocalRoutesOptions {
  readonly jwtSecret: string
  /** What tokens have to claim beside their users, if anything. */
  readonly claims?: Pick<TokenSubject, 'issuer' | 'audience'>
  /** Where attachments are kept, if in a folder. */
  readonly attachmentsFolder?: string | undefined
  readonly model: string
  readonly isDemo: boolean
  /** Whether speech becomes text here, so that the page shows a microphone. */
  readonly canDictate?: boolean
}

const TokenRequest = z.object({ user: z.enum(USERS) })

/**
 * The page, and a token for whoever asks on this machine, also where others reach the port. No
 * production process can register these routes; the bundle does not contain them.
 */
export const localRoutes: FastifyPluginAsync<LocalRoutesOptions> = async (app, options) => {
  // Another site's page could reach this port by a name that it points here (DNS rebinding).
  app.addHook('onRequest', async (request) => {
    if (!LOCAL_HOST.test(request.headers.host ?? '')) throw new ServiceError('route_not_found')
  })

  const { attachmentsFolder: folder, jwtSecret: secret } = options
  if (folder !== undefined) {
    // It makes no addresses here, so it needs to know none.
    const files = new FolderFiles({ folder, secret, baseUrl: () => '' })
    await app.register(localAttachmentRoutes, { files })
  }

  for (const file of await bundlePage()) {
    app.get(file.path, (request, reply) => {
      const isOfficial = z.object({ ui: z.literal('chatkit') }).safeParse(request.query).success
      return reply
        .header(
          'content-security-policy',
          contentSecurityPolicies[isOfficial ? 'official' : 'page'],
        )
        .header('cache-control', 'no-cache')
        .type(file.contentType)
        .send(Buffer.from(file.body))
    })
  }

  app.get('/local/config', () => ({
    model: options.model,
    demo: options.isDemo,
    dictation: options.canDictate ?? false,
    users: USERS,
  }))

  app.post('/local/token', async (request) => {
    // Whoever reaches the port writes what it likes into `host`, and would be whom it likes.
    if (!isLoopback(request.socket.remoteAddress ?? '')) {
      throw new ServiceError('origin_refused', { detail: TOKENS_ARE_LOCAL })
    }
    const parsed = TokenRequest.safeParse(request.body)
    if (!parsed.success) {
      throw new ServiceError('invalid_request', { detail: `user: one of ${USERS.join(', ')}` })
    }
    const expiresAt = new Date(Date.now() + TOKEN_SECONDS * 1_000).toISOString()
    const subject = { user: parsed.data.user, org: ORG, ...options.claims }
    return { token: await mintToken(subject, options.jwtSecret, TOKEN_SECONDS), expiresAt }
  })
}
