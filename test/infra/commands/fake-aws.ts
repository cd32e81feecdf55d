import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { TestContext } from 'node:test'
import { z } from 'zod'

export interface FakeSecret {
  readonly arn: string
  value?: string | undefined
  readonly tags: Record<string, string>
  isDeleted?: boolean
}

/**
 * Secrets Manager and the list of buckets, as far as the commands use them, on a real connection.
 */
export interface FakeAws {
  readonly secrets: Map<string, FakeSecret>
  buckets: string[]
  /** Operations that answer with a refusal. */
  readonly denied: Set<string>
  /** Every operation that was asked for, in order. */
  readonly asked: string[]
  /** What a command needs in its environment to come here. */
  readonly env: Readonly<Record<string, string>>
}

export const ACCOUNT = '123456789012'

const Body = z.looseObject({
  SecretId: z.string().optional(),
  Name: z.string().optional(),
  SecretString: z.string().optional(),
  Tags: z.array(z.object({ Key: z.string(), Value: z.string() })).optional(),
})
type Body = z.infer<typeof Body>

class Refusal extends Error {
  readonly type: string

  constructor(type: string, message: string) {
    super(message)
    this.type = type
  }
}

export async function startFakeAws(t: TestContext): Promise<FakeAws> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const aws: FakeAws = {
    secrets: new Map(),
    buckets: [],
    denied: new Set(),
    asked: [],
    env: {
      AWS_ENDPOINT_URL: `http://localhost:${port}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_MAX_ATTEMPTS: '1',
    },
  }
  server.on('request', (request, response) => {
    void answer(aws, request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(body)
    })
  })
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return aws
}

async function answer(aws: FakeAws, request: IncomingMessage) {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  const operation = String(request.headers['x-amz-target'] ?? 'S3.ListBuckets').split('.')[1] ?? ''
  aws.asked.push(operation)
  const isDenied = aws.denied.has(operation)
  if (operation === 'ListBuckets') {
    return isDenied ? { status: 403, body: DENIED_XML } : { status: 200, body: bucketsXml(aws) }
  }
  try {
    if (isDenied) throw new Refusal('AccessDeniedException', 'not authorized to perform that')
    const result = OPERATIONS[operation]?.(aws, Body.parse(JSON.parse(text)))
    return { status: 200, body: JSON.stringify(result ?? {}) }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { status: 400, body: JSON.stringify({ __type: error.type, message: error.message }) }
  }
}

const OPERATIONS: Readonly<Record<string, (aws: FakeAws, body: Body) => unknown>> = {
  DescribeSecret: (aws, body) => {
    const secret = find(aws, body)
    return {
      ARN: secret.arn,
      LastChangedDate: 1_780_000_000,
      ...(secret.isDeleted && { DeletedDate: 1_780_000_000 }),
      ...(secret.value !== undefined && { VersionIdsToStages: { v1: ['AWSCURRENT'] } }),
    }
  },
  CreateSecret: (aws, { Name = '', SecretString, Tags = [] }) => {
    const arn = `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:${Name}-AbCdEf`
    const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))
    aws.secrets.set(Name, { arn, value: SecretString, tags })
    return { ARN: arn }
  },
  PutSecretValue: (aws, body) => {
    const secret = find(aws, body)
    if (secret.isDeleted) throw new Refusal('InvalidRequestException', 'marked for deletion')
    secret.value = body.SecretString
    return {}
  },
  RestoreSecret: (aws, body) => {
    find(aws, body).isDeleted = false
    return {}
  },
  ListSecrets: (aws) => ({
    SecretList: [...aws.secrets].map(([Name, { arn, tags }]) => ({
      Name,
      ARN: arn,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    })),
  }),
  RotateSecret: (aws, body) => ({ ARN: find(aws, body).arn }),
}

function find({ secrets }: FakeAws, { SecretId = '' }: Body): FakeSecret {
  const found = secrets.get(SecretId) ?? [...secrets.values()].find(({ arn }) => arn === SecretId)
  if (!found) throw new Refusal('ResourceNotFoundException', 'there is no such secret')
  return found
}

const DENIED_XML = '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'

function bucketsXml({ buckets }: FakeAws): string {
  const list = buckets.map((name) => `<Bucket><Name>${name}</Name></Bucket>`).join('')
  return `<?xml version="1.0"?><ListAllMyBucketsResult><Buckets>${list}</Buckets></ListAllMyBucketsResult>`
}
