import { Stack } from 'aws-cdk-lib'
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'

export interface TaskRolesProps {
  /** The only things in AWS that the service may read. */
  readonly secrets: readonly ISecret[]
}

/** Who a task is: `task` while the service runs, `execution` while ECS prepares its container. */
export class TaskRoles extends Construct {
  /** Reads the given secrets and nothing else. */
  readonly task: Role
  /** Pulls the image and writes the log; the constructs that need it add those rights. */
  readonly execution: Role

  constructor(scope: Construct, id: string, { secrets }: TaskRolesProps) {
    super(scope, id)
    this.execution = new Role(this, 'Execution', { assumedBy: this.#tasks() })
    this.task = new Role(this, 'Task', {
      assumedBy: this.#tasks(),
      managedPolicies: [
        new ManagedPolicy(this, 'ReadSecrets', {
          description: 'The secrets of the chat service, read at run time',
          statements: this.#readSecrets(secrets),
        }),
      ],
    })
  }

  #tasks(): ServicePrincipal {
    const { account, partition, region } = Stack.of(this)
    // Without these, ECS could be talked into using the role for a task of another account.
    return new ServicePrincipal('ecs-tasks.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: { 'aws:SourceArn': `arn:${partition}:ecs:${region}:${account}:*` },
      },
    })
  }

  // Written out, because `grantRead` would name this role in the key's policy, and the stack of the
  // key would depend on the stack of the service.
  #readSecrets(secrets: readonly ISecret[]): PolicyStatement[] {
    const keys = secrets.flatMap((secret) => secret.encryptionKey?.keyArn ?? [])
    const { region, urlSuffix } = Stack.of(this)
    return [
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: secrets.map((secret) => secret.secretArn),
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
