import type { FastifyPluginAsync } from 'fastify'
import { z } from 'zod'
import { ServiceError } from '../errors.ts'
import { essenceOf, isImage } from '../protocol/media-types.ts'
import type { FolderFiles } from '../store/files/folder-files.ts'
import type { Grant } from '../store/files/signed-address.ts'

export interface LocalAttachmentRoutesOptions {
  readonly files: FolderFiles
}

const PREVIEW_SECONDS = 900
const Params = z.object({ id: z.string() })

/**
 * What a bucket does in production: takes raw uploads and shows images, to whoever has an address
 * that the service has signed for it.
 */
export const localAttachmentRoutes: FastifyPluginAsync<LocalAttachmentRoutesOptions> = async (
  app,
  { files },
) => {
  const granted = (action: Grant['action'], params: unknown, query: unknown) => {
    const grant = files.verify(action, Params.parse(params).id, query)
    if (grant) return grant
    const detail = 'Its address is not valid, or no longer.'
    throw new ServiceError('attachment_not_found', { detail })
  }

  app.removeAllContentTypeParsers()
  // The content is read from the socket, as it comes.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))

  const upload = '/local/attachments/:id/upload'
  app.options(upload, { config: { cors: { methods: ['PUT'] } } }, (_request, reply) => reply.send())

  app.put(upload, async (request, reply) => {
    const grant = granted('upload', request.params, request.query)
    demandAnnounced(grant, request.headers)
    const receipt = await files.receive(grant, request.raw)
    if (receipt === 'wrong_size') throw wrongSize(grant)
    if (receipt === 'not_awaited') throw new ServiceError('attachment_not_awaited')
    return reply.send()
  })

  app.get('/local/attachments/:id/preview', async (request, reply) => {
    const grant = granted('preview', request.params, request.query)
    const content = isImage(grant.type) ? await files.open(grant) : undefined
    if (!content) throw new ServiceError('attachment_not_found')
    return reply
      .header('content-disposition', 'inline')
      .header('content-security-policy', "default-src 'none'; sandbox")
      .header('cache-control', `private, max-age=${PREVIEW_SECONDS}`)
      .type(essenceOf(grant.type))
      .send(content)
  })
}

/** As a bucket, which has both signed: before a byte is read. */
function demandAnnounced(
  grant: Grant,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): void {
  const length = headers['content-length']
  if (length !== undefined && Number(length) !== grant.size) throw wrongSize(grant)
  if (headers['content-type'] === grant.type) return
  const detail = `content-type: must be the ${grant.type} that was announced`
  throw new ServiceError('invalid_request', { detail })
}

function wrongSize({ size }: Grant): ServiceError {
  return new ServiceError('invalid_request', {
    detail: `body: must have the ${size} bytes that were announced`,
  })
}
