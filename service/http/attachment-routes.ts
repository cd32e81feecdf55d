import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import multipart from '@fastify/multipart'
import type { MultipartFile } from '@fastify/multipart'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { tooLarge } from '../chatkit/attachment-params.ts'
import type { DirectUploads, NamedFile } from '../chatkit/upload-attachment.ts'
import { ServiceError } from '../errors.ts'
import { AtOnce } from './at-once.ts'
import { demandPlainBytes } from './json-body.ts'
import {
  ENVELOPE_BYTES_MAX,
  FORM_FIELDS_MAX,
  FORM_FIELD_BYTES_MAX,
  UPLOADS_AT_ONCE,
} from './limits.ts'

export interface AttachmentRoutesOptions {
  readonly uploads: DirectUploads
}

const FIELD = 'file'
const OWNER_ONLY = 0o600
const FORM_EXPECTED = `send multipart/form-data with one field "${FIELD}" that is a file`

/** Takes files in forms. To be registered where users are known. */
export const attachmentRoutes: FastifyPluginAsync<AttachmentRoutesOptions> = async (
  app,
  { uploads },
) => {
  app.removeAllContentTypeParsers()
  await app.register(multipart, { throwFileSizeLimit: false })
  app.addContentTypeParser('*', (_request, _payload, done) => {
    done(new ServiceError('invalid_request', { detail: FORM_EXPECTED }))
  })

  const atOnce = new AtOnce(UPLOADS_AT_ONCE)

  // Before the body is read. What else is in a form has little room beside the file.
  app.addHook('onRequest', async (request, reply) => {
    demandPlainBytes(request.headers)
    const bytesMax = uploads.bytesMax()
    const announced = Number(request.headers['content-length'] ?? 0)
    if (announced > bytesMax + ENVELOPE_BYTES_MAX) throw tooLarge(bytesMax)
    // Each of them is a file on disk.
    if (request.context) atOnce.enter(request.context, reply.raw)
  })

  app.post('/chatkit/attachments', async (request) => {
    const { context } = request
    if (!context) throw new ServiceError('unauthenticated')
    if (!request.isMultipart()) {
      throw new ServiceError('invalid_request', { detail: FORM_EXPECTED })
    }
    const path = join(tmpdir(), `chatkit-upload-${request.id}`)
    try {
      await uploads.count(context)
      const file = await spool(request, path, uploads)
      return await uploads.add(file, context)
    } catch (error) {
      // A client that is still sending hears the answer when it is through.
      request.raw.unpipe()
      request.raw.resume()
      throw toFailure(error)
    } finally {
      await rm(path, { force: true })
    }
  })
}

interface SpooledFile extends NamedFile {
  readonly path: string
  readonly sizeBytes: number
}

/** Puts the form's file on disk as it comes. */
async function spool(
  request: FastifyRequest,
  path: string,
  uploads: DirectUploads,
): Promise<SpooledFile> {
  const bytesMax = uploads.bytesMax()
  const limits = {
    files: 1,
    fileSize: bytesMax,
    fields: FORM_FIELDS_MAX,
    fieldSize: FORM_FIELD_BYTES_MAX,
    parts: FORM_FIELDS_MAX + 1,
  }
  let spooled: SpooledFile | undefined
  // Opened first: a part has to be read as soon as it is there, or its failure is nobody's.
  await using handle = await open(path, 'wx', OWNER_ONLY)
  // The parser waits for the end of a request; one that has been cut by now has none.
  if (request.raw.destroyed) throw new ServiceError('invalid_request')
  for await (const part of request.parts({ limits })) {
    if (part.type !== 'file') continue
    const named = toNamedFile(part)
    uploads.demand(named)
    const target = handle.createWriteStream()
    await pipeline(part.file, target)
    if (part.file.truncated) throw tooLarge(bytesMax)
    spooled = { ...named, path, sizeBytes: target.bytesWritten }
  }
  if (!spooled) throw new ServiceError('invalid_request', { detail: FORM_EXPECTED })
  return spooled
}

function toNamedFile({ fieldname, filename, mimetype }: MultipartFile): NamedFile {
  if (fieldname !== FIELD) throw new ServiceError('invalid_request', { detail: FORM_EXPECTED })
  return { name: filename || FIELD, mimeType: mimetype }
}

/** What is no form fails in the parser, which has no errors of its own kind. */
function toFailure(cause: unknown): unknown {
  const isOurs = cause instanceof ServiceError || (cause instanceof Error && 'syscall' in cause)
  if (isOurs) return cause
  return new ServiceError('invalid_request', { cause, detail: FORM_EXPECTED })
}
