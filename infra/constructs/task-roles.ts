import { Stack } from 'aws-cdk-lib'
import { type IRole, type ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import type { ReadableSecret } from './rotated-secret.ts'
import { ServiceRole } from './service-role.ts'

export interface TaskRolesProps {
  readonly secrets: readonly ReadableSecret[]
  /** What the service may do beside reading secrets. */
  readonly statements: readonly PolicyStatement[]
  /** Where the image comes from; undefined when that is not ECR. */
  readonly repositoryArn: string | undefined
  readonly logGroupArn: string
}

/** Who a task is: `task` while the service runs, `execution` while ECS prepares its containers. */
export class TaskRoles extends Construct {
  /** Reads the given secrets, does what the given statements say, and nothing else. */
  readonly task: IRole
  /** Pulls the image and writes the log. */
  readonly execution: IRole
  /** What must be in force before a first task starts. */
  readonly policies: readonly ManagedPolicy[]

  constructor(scope: Construct, id: string, props: TaskRolesProps) {
    super(scope, id)
    const { partition, region, account } = Stack.of(this)
    const shared = {
      service: 'ecs-tasks.amazonaws.com',
      sourceArn: `arn:${partition}:ecs:${region}:${account}:*`,
    }
    const execution = new ServiceRole(this, 'Execution', {
      ...shared,
      description: 'Pulls the image of the chat service and writes its log',
      statements: prepareStatements(props),
    })
    const task = new ServiceRole(this, 'Task', {
      ...shared,
      description: 'The chat service while it runs: its secrets and its attachments',
      statements: [...this.#readSecrets(props.secrets), ...props.statements],
    })
    this.task = task.role
    this.execution = execution.role
    this.policies = [task.policy, execution.policy]
  }

  // Written out, because `grantRead` would name this role in the key's policy, and the stack of the
  // key would depend on the stack of the service.
  #readSecrets(secrets: readonly ReadableSecret[]): PolicyStatement[] {
    const keys = secrets.flatMap(({ encryptionKey }) => encryptionKey?.keyArn ?? [])
    const { region, urlSuffix } = Stack.of(this)
    return [
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: secrets.map(({ arn }) => arn),
      }),
      new PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: [...new Set(keys)],
        conditions: {
          StringEquals: { 'kms:ViaService': `secretsmanager.${region}.${urlSuffix}` },
        },
      }),
    ]
  }
}

function prepareStatements({ repositoryArn, logGroupArn }: TaskRolesProps): PolicyStatement[] {
  const writeLog = new PolicyStatement({
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [logGroupArn],
  })
  if (repositoryArn === undefined) return [writeLog]
  return [
    writeLog,
    new PolicyStatement({
      actions: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:GetDownloadUrlForLayer',
        'ecr:BatchGetImage',
      ],
      resources: [repositoryArn],
    }),
    // ECR knows no narrower resource for it.
    new PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }),
  ]
}
