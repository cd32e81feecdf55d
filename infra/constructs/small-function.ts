import { join } from 'node:path'
import { buildSync } from 'esbuild'
import type { Duration } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Architecture, Code, Function, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { KeptLog, type LogDays } from './kept-log.ts'
import { ServiceRole } from './service-role.ts'

export interface SmallFunctionProps {
  /** A file of `infra/functions/`, whose `handler` is called. */
  readonly file: `${string}.ts`
  readonly description: string
  /** @default - CloudFormation makes one up */
  readonly name?: string | undefined
  /** All that it may do, beside writing its own log. */
  readonly statements: readonly PolicyStatement[]
  readonly timeout: Duration
  /** Encrypts its log. */
  readonly logKey: IKey
  readonly logDays: LogDays
  /** Who is told when it has failed for good. */
  readonly operators: Operators
  /** @default false - the log outlives the function */
  readonly disposable?: boolean
}

/** A topic that is encrypted, so whoever publishes needs its key as well. */
export interface Operators {
  readonly topic: ITopic
  readonly key: IKey
}

const MEMORY_MIB = 256
const FOLDER = join(import.meta.dirname, '..', 'functions')

/** A few lines of TypeScript that AWS calls, in the template itself: nothing is uploaded. */
export class SmallFunction extends Construct {
  readonly function: Function

  constructor(scope: Construct, id: string, props: SmallFunctionProps) {
    super(scope, id)
    const {
      description,
      logKey: encryptionKey,
      logDays: days,
      operators,
      disposable = false,
    } = props
    const { group } = new KeptLog(this, 'Log', { encryptionKey, days, disposable })
    const { role, policy } = new ServiceRole(this, 'Runs', {
      service: 'lambda.amazonaws.com',
      saysForWhom: false,
      description,
      statements: [...props.statements, ...ownStatements(group.logGroupArn, operators)],
    })
    this.function = new Function(this, 'Function', {
      ...(props.name && { functionName: props.name }),
      description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromInline(codeOf(props.file)),
      role,
      logGroup: group,
      timeout: props.timeout,
      memorySize: MEMORY_MIB,
      tracing: Tracing.ACTIVE,
      deadLetterTopic: operators.topic,
    })
    // Called before it may do anything, it would fail once and for no good reason.
    this.function.node.addDependency(policy)
  }
}

/** What every function may do: write its log, be traced, and report its own failure. */
function ownStatements(logGroupArn: string, { topic, key }: Operators): PolicyStatement[] {
  return [
    new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroupArn],
    }),
    // X-Ray knows no narrower resource for it.
    new PolicyStatement({
      actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
      resources: ['*'],
    }),
    new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }),
    new PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [key.keyArn],
    }),
  ]
}

// Lambda reads code from the template as CommonJS, and has the SDK itself.
function codeOf(file: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(FOLDER, file)],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    external: ['@aws-sdk/*'],
    legalComments: 'none',
    minifySyntax: true,
    minifyWhitespace: true,
  })
  const [output] = outputFiles
  if (!output) throw new Error(`esbuild has made nothing of ${file}`)
  return output.text
}
