import { createHash } from 'node:crypto'
import { Duration, Stack } from 'aws-cdk-lib'
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import {
  AwsLogDriverMode,
  Capability,
  ContainerDependencyCondition,
  type ContainerDefinition,
  type ContainerDefinitionOptions,
  type ContainerImage,
  FargateTaskDefinition,
  LinuxParameters,
  LogDriver,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs'
import { Construct } from 'constructs'
import type { Streaming } from '../streaming.ts'
import { KeptLog, type LogDays } from './kept-log.ts'
import type { ReadableSecret } from './rotated-secret.ts'
import { type Architecture, ARCHITECTURES, builtImage, givenImage } from './service-image.ts'
import { TaskRoles } from './task-roles.ts'

export interface ChatTaskProps {
  readonly streaming: Streaming
  readonly architecture: Architecture
  readonly cpu: number
  readonly memoryMiB: number
  /** By the name of the variable that tells the service where to read it. */
  readonly secrets: Readonly<Record<string, ReadableSecret>>
  /** What the service may do in AWS beside reading its secrets. */
  readonly statements: readonly PolicyStatement[]
  readonly environment: Readonly<Record<string, string>>
  /** Encrypts the log. */
  readonly encryptionKey: IKey
  readonly logDays: LogDays
  /** @default - built from this repository */
  readonly imageUri?: string | undefined
  /** @default false - the log outlives the service */
  readonly disposable?: boolean
}

/** Where the service listens inside its task. */
export const SERVICE_PORT = 8080
// A number, so that it holds whatever the image's /etc/passwd says.
const USER = '1000:1000'

const RESTART_PERIOD = Duration.minutes(1)

// Liveness only: it must not ask the database, or a database that is down restarts every task.
// The image need not have a shell.
const HEALTH_CHECK = `fetch('http://127.0.0.1:${SERVICE_PORT}/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`

/**
 * One locked-down task: not root, nothing writable but /tmp, no capabilities, no secret values.
 *
 * Its first container brings the database up to date, and only if that succeeds does the second one
 * serve. A version whose migration fails never gets a request.
 */
export class ChatTask extends Construct {
  readonly definition: FargateTaskDefinition
  readonly roles: TaskRoles
  readonly log: KeptLog
  /** Another one for each version, be it of the image or of what it is told. */
  readonly fingerprint: string

  constructor(scope: Construct, id: string, props: ChatTaskProps) {
    super(scope, id)
    const { architecture, imageUri, encryptionKey, logDays, disposable = false } = props
    this.log = new KeptLog(this, 'Log', { encryptionKey, days: logDays, disposable })
    const { image, repositoryArn } = imageUri
      ? givenImage(this, imageUri)
      : builtImage(this, architecture)
    this.roles = new TaskRoles(this, 'Roles', {
      secrets: Object.values(props.secrets),
      statements: props.statements,
      repositoryArn,
      logGroupArn: this.log.group.logGroupArn,
    })
    this.definition = new FargateTaskDefinition(this, 'Definition', {
      cpu: props.cpu,
      memoryLimitMiB: props.memoryMiB,
      runtimePlatform: {
        operatingSystemFamily: OperatingSystemFamily.LINUX,
        cpuArchitecture: ARCHITECTURES[architecture].cpu,
      },
      taskRole: this.roles.task,
      executionRole: this.roles.execution,
      volumes: [{ name: 'tmp' }],
    })
    const migration = this.#addMigration(props, image)
    const service = this.#addService(props, image)
    service.addContainerDependencies({
      container: migration,
      condition: ContainerDependencyCondition.SUCCESS,
    })
    const version = [service.imageName, environmentOf(props), props.cpu, props.memoryMiB]
    this.fingerprint = createHash('sha256')
      .update(JSON.stringify(Stack.of(this).resolve(version)))
      .digest('hex')
  }

  #addMigration(props: ChatTaskProps, image: ContainerImage): ContainerDefinition {
    return this.#add('migrate', {
      ...this.#locked('Migration', props, image),
      command: ['node', 'main.js', 'migrate'],
      // It ends before the service begins; the task goes on without it.
      essential: false,
    })
  }

  #addService(props: ChatTaskProps, image: ContainerImage): ContainerDefinition {
    const { streaming } = props
    return this.#add('service', {
      ...this.#locked('Linux', props, image),
      portMappings: [{ containerPort: SERVICE_PORT }],
      stopTimeout: streaming.stop,
      // A crash restarts the process in its place; one within a minute of its start fails the task.
      enableRestartPolicy: true,
      restartAttemptPeriod: RESTART_PERIOD,
      healthCheck: { command: ['CMD', 'node', '-e', HEALTH_CHECK], ...streaming.liveness },
    })
  }

  #add(name: string, options: ContainerDefinitionOptions): ContainerDefinition {
    const container = this.definition.addContainer(name, options)
    // Fargate gives the volume to root, unless the image declares /tmp as a VOLUME: then it keeps
    // the permissions that /tmp has in the image.
    container.addMountPoints({ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false })
    return container
  }

  #locked(id: string, props: ChatTaskProps, image: ContainerImage): ContainerDefinitionOptions {
    // An init process passes SIGTERM on and buries the children of health checks.
    const linuxParameters = new LinuxParameters(this, id, { initProcessEnabled: true })
    linuxParameters.dropCapabilities(Capability.ALL)
    return {
      image,
      environment: environmentOf(props),
      user: USER,
      readonlyRootFilesystem: true,
      linuxParameters,
      logging: LogDriver.awsLogs({
        streamPrefix: 'chat',
        // A log that cannot be delivered must not stop a stream that can.
        mode: AwsLogDriverMode.NON_BLOCKING,
        logGroup: this.log.group,
      }),
    }
  }
}

function environmentOf({ environment, secrets, streaming }: ChatTaskProps): Record<string, string> {
  const secretIds = Object.entries(secrets).map(([name, { id }]) => [name, id])
  return {
    NODE_ENV: 'production',
    PORT: String(SERVICE_PORT),
    ...environment,
    ...streaming.environment,
    // Where the secrets are, never what they say: the task reads them at run time.
    ...Object.fromEntries(secretIds),
  }
}
