import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { compileFunction } from 'node:vm'
import * as sdk from '@aws-sdk/client-secrets-manager'
import { z } from 'zod'

/** One secret as Secrets Manager keeps it: values by version, and the labels of each version. */
export interface KeptSecret {
  readonly values: Map<string, string>
  readonly stages: Map<string, string[]>
  /** In seconds since 1970, if its deletion has begun. */
  readonly deletedAt?: number
}

export interface Lambda {
  readonly secret: KeptSecret | undefined
  /** What the code has waited for, in milliseconds; nobody waits for it here. */
  readonly waits: number[]
  /** Operations that the code has asked for, in order. */
  readonly asked: string[]
  readonly handle: (event: unknown) => Promise<unknown>
}

const Question = z.object({
  VersionId: z.string().optional(),
  VersionStage: z.string().optional(),
  ClientRequestToken: z.string().optional(),
  SecretString: z.string().optional(),
  VersionStages: z.array(z.string()).optional(),
  MoveToVersionId: z.string().optional(),
  RemoveFromVersionId: z.string().optional(),
})
type Question = z.infer<typeof Question>

const Handler = z.object({ handler: z.custom<Lambda['handle']>() })

/** Loads the code of a function as Lambda does, with a Secrets Manager that keeps one secret. */
export async function loadFunction(
  t: TestContext,
  code: string,
  secret: KeptSecret | undefined,
): Promise<Lambda> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    void answer(request, secret, asked).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
      response.end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  t.after(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  class LocalClient extends sdk.SecretsManagerClient {
    constructor() {
      super({
        endpoint: `http://localhost:${port}`,
        region: 'eu-central-1',
        credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
        maxAttempts: 1,
      })
    }
  }
  const waits: number[] = []
  const module = { exports: {} }
  const run = compileFunction(code, ['module', 'exports', 'require', 'setTimeout'])
  const load = (name: string) =>
    name === '@aws-sdk/client-secrets-manager'
      ? { ...sdk, SecretsManagerClient: LocalClient }
      : process.getBuiltinModule(name)
  run(module, module.exports, load, (done: () => void, ms: number) => {
    waits.push(ms)
    done()
  })
  return { secret, waits, asked, handle: Handler.parse(module.exports).handler }
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

const NOT_FOUND = { status: 400, body: { __type: 'ResourceNotFoundException', message: 'none' } }

async function answer(
  request: IncomingMessage,
  secret: KeptSecret | undefined,
  asked: string[],
): Promise<Answer> {
  const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
  const question = Question.parse(JSON.parse(await text(request)))
  asked.push(operation)
  if (!secret) return NOT_FOUND
  switch (operation) {
    case 'DescribeSecret':
      return {
        status: 200,
        body: {
          VersionIdsToStages: Object.fromEntries(secret.stages),
          DeletedDate: secret.deletedAt,
        },
      }
    case 'GetSecretValue':
      return read(secret, question)
    case 'PutSecretValue':
      return write(secret, question)
    case 'UpdateSecretVersionStage':
      return move(secret, question)
    default:
      return { status: 400, body: { __type: 'InvalidRequestException', message: operation } }
  }
}

function read({ values, stages }: KeptSecret, { VersionId = '', VersionStage }: Question): Answer {
  const value = values.get(VersionId)
  const hasStage = VersionStage === undefined || stages.get(VersionId)?.includes(VersionStage)
  return value === undefined || !hasStage
    ? NOT_FOUND
    : { status: 200, body: { SecretString: value } }
}

function write({ values, stages }: KeptSecret, question: Question): Answer {
  const { ClientRequestToken: version = '', SecretString = '', VersionStages = [] } = question
  values.set(version, SecretString)
  stages.set(version, VersionStages)
  return { status: 200, body: { VersionId: version } }
}

/** Like the real one, it labels what was current as the previous version. */
function move({ stages }: KeptSecret, question: Question): Answer {
  const { VersionStage = '', MoveToVersionId: to = '', RemoveFromVersionId: from } = question
  if (from !== undefined) {
    const kept = (stages.get(from) ?? []).filter((stage) => stage !== VersionStage)
    stages.set(from, VersionStage === 'AWSCURRENT' ? [...kept, 'AWSPREVIOUS'] : kept)
  }
  stages.set(to, [...(stages.get(to) ?? []), VersionStage])
  return { status: 200, body: {} }
}
