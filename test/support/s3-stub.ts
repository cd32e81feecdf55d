import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'
import { S3Client } from '@aws-sdk/client-s3'
import { S3_CLIENT_OPTIONS } from '../../service/store/files/s3-files.ts'

const REGION = 'eu-central-1'
const SECRET = 'stub-secret-key'
export const BUCKET = 'stub-bucket'

interface StoredObject {
  readonly content: Buffer
  readonly contentType: string
}

/**
 * As much of S3 as attachments need, with what matters about it: the signature of an address is
 * checked against the headers that have really come, so a lie about size or type is found out.
 */
export class S3Stub {
  readonly objects = new Map<string, StoredObject>()
  /** Method and path of every request that was let in. */
  readonly requests: string[] = []
  readonly client: S3Client
  /** S3 says 403 instead to whom may not list the bucket. */
  absentStatus = 404
  /** Asked before every answer; what it returns is the status of a failure. */
  failWith: (method: string) => number | undefined = () => undefined

  constructor(endpoint: string) {
    this.client = new S3Client({
      ...S3_CLIENT_OPTIONS,
      region: REGION,
      endpoint,
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: { accessKeyId: 'stub', secretAccessKey: SECRET },
    })
  }

  static async start(t: TestContext): Promise<S3Stub> {
    const server = createServer((request, response) => void stub.#serve(request, response))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the stub does not listen')
    const stub = new S3Stub(`http://127.0.0.1:${address.port}`)
    t.after(() => {
      stub.client.destroy()
      server.closeAllConnections()
      server.close()
    })
    return stub
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '' } = request
    const url = new URL(request.url ?? '', 'http://stub')
    const content = Buffer.concat(await Array.fromAsync(request))
    const failure = this.failWith(method) ?? (isSigned(request, url) ? undefined : 403)
    if (failure !== undefined) {
      response.writeHead(failure, { 'content-type': 'application/xml' })
      response.end(
        `<Error><Code>${failure === 403 ? 'SignatureDoesNotMatch' : 'Busy'}</Code></Error>`,
      )
      return
    }
    this.requests.push(`${method} ${url.pathname}`)
    this.#answer(request, url, { response, content })
  }

  #answer(
    request: IncomingMessage,
    url: URL,
    { response, content }: { response: ServerResponse; content: Buffer },
  ): void {
    const key = url.pathname
    if (
      request.method === 'PUT' &&
      request.headers['if-none-match'] === '*' &&
      this.objects.has(key)
    ) {
      response.writeHead(412, { 'content-type': 'application/xml' })
      response.end('<Error><Code>PreconditionFailed</Code></Error>')
      return
    }
    if (request.method === 'PUT') {
      const contentType = request.headers['content-type'] ?? ''
      this.objects.set(key, { content, contentType })
      response.end()
      return
    }
    if (request.method === 'DELETE') {
      this.objects.delete(key)
      response.writeHead(204).end()
      return
    }
    const found = this.objects.get(key)
    if (!found) {
      response.writeHead(this.absentStatus, { 'content-type': 'application/xml' })
      response.end('<Error><Code>NoSuchKey</Code></Error>')
      return
    }
    const end = Number(/^bytes=0-(\d+)$/.exec(request.headers.range ?? '')?.[1] ?? Infinity) + 1
    const body = found.content.subarray(0, end)
    response.writeHead(body.length < found.content.length ? 206 : 200, {
      'content-length': body.length,
      'content-type': url.searchParams.get('response-content-type') ?? found.contentType,
      'content-disposition': url.searchParams.get('response-content-disposition') ?? '',
    })
    response.end(request.method === 'HEAD' ? undefined : body)
  }
}

/** Signature Version 4 in a query; one in a header only has to be there. */
function isSigned(request: IncomingMessage, url: URL): boolean {
  const query = url.searchParams
  const given = query.get('X-Amz-Signature')
  if (given === null) return request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ') ?? false
  const time = query.get('X-Amz-Date') ?? ''
  const names = (query.get('X-Amz-SignedHeaders') ?? '').split(';')
  const pairs = [...query].filter(([name]) => name !== 'X-Amz-Signature')
  const canonical = [
    request.method,
    url.pathname,
    pairs
      .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
      .toSorted()
      .join('&'),
    ...names.map((name) => `${name}:${String(request.headers[name] ?? '')}`),
    '',
    names.join(';'),
    'UNSIGNED-PAYLOAD',
  ].join('\n')
  const scope = `${time.slice(0, 8)}/${REGION}/s3/aws4_request`
  const hash = createHash('sha256').update(canonical).digest('hex')
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${SECRET}`)
  const expected = hmac(key, ['AWS4-HMAC-SHA256', time, scope, hash].join('\n')).toString('hex')
  return given === expected && Date.now() < endOf(time) + Number(query.get('X-Amz-Expires')) * 1_000
}

function endOf(time: string): number {
  return Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
