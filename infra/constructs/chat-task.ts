import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import {
  AwsLogDriverMode,
  Capability,
  FargateTaskDefinition,
  LinuxParameters,
  LogDriver,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import type { Streaming } from '../streaming.ts'
import { type Architecture, ARCHITECTURES, builtImage, givenImage } from './service-image.ts'
import { TaskRoles } from './task-roles.ts'

export interface ChatTaskProps {
  readonly streaming: Streaming
  readonly architecture: Architecture
  readonly cpu: number
  readonly memoryMiB: number
  /** By the name of the variable that tells the service where to read it. */
  readonly secrets: Readonly<Record<string, ISecret>>
  readonly environment: Readonly<Record<string, string>>
  readonly logDays: keyof typeof LOG_RETENTION
  /** @default - built from this repository */
  readonly imageUri?: string | undefined
  /** @default false - the log outlives the service */
  readonly disposable?: boolean
}

const LOG_RETENTION = {
  7: RetentionDays.ONE_WEEK,
  14: RetentionDays.TWO_WEEKS,
  30: RetentionDays.ONE_MONTH,
  90: RetentionDays.THREE_MONTHS,
  180: RetentionDays.SIX_MONTHS,
  365: RetentionDays.ONE_YEAR,
} as const

/** Where the service listens inside its task. */
export const SERVICE_PORT = 8080
// A number, so that it holds whatever the image's /etc/passwd says.
const USER = '1000:1000'

// Liveness only: it must not ask the database, or a database that is down restarts every task.
// The image need not have a shell.
const HEALTH_CHECK = `fetch('http://127.0.0.1:${SERVICE_PORT}/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`

/** One locked-down task: not root, nothing writable but /tmp, no capabilities, no secret values. */
export class ChatTask extends Construct {
  readonly definition: FargateTaskDefinition
  readonly roles: TaskRoles

  constructor(scope: Construct, id: string, props: ChatTaskProps) {
    super(scope, id)
    this.roles = new TaskRoles(this, 'Roles', { secrets: Object.values(props.secrets) })
    this.definition = new FargateTaskDefinition(this, 'Definition', {
      cpu: props.cpu,
      memoryLimitMiB: props.memoryMiB,
      runtimePlatform: {
        operatingSystemFamily: OperatingSystemFamily.LINUX,
        cpuArchitecture: ARCHITECTURES[props.architecture].cpu,
      },
      taskRole: this.roles.task,
      executionRole: this.roles.execution,
      volumes: [{ name: 'tmp' }],
    })
    this.#addContainer(props)
  }

  #addContainer(props: ChatTaskProps): void {
    const { architecture, imageUri, streaming } = props
    const container = this.definition.addContainer('service', {
      image: imageUri ? givenImage(this, imageUri) : builtImage(architecture),
      portMappings: [{ containerPort: SERVICE_PORT }],
      environment: environmentOf(props),
      user: USER,
      readonlyRootFilesystem: true,
      linuxParameters: this.#linuxParameters(),
      stopTimeout: streaming.stop,
      // A crash restarts the process in its place; one within a minute of its start fails the task.
      enableRestartPolicy: true,
      healthCheck: {
        command: ['CMD', 'node', '-e', HEALTH_CHECK],
        interval: Duration.seconds(15),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.minutes(2),
      },
      logging: this.#log(props),
    })
    // Fargate gives the volume to root, unless the image declares /tmp as a VOLUME: then it keeps the
    // permissions that /tmp has in the image.
    container.addMountPoints({ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false })
  }

  #linuxParameters(): LinuxParameters {
    // An init process passes SIGTERM on and buries the children of health checks.
    const parameters = new LinuxParameters(this, 'Linux', { initProcessEnabled: true })
    parameters.dropCapabilities(Capability.ALL)
    return parameters
  }

  #log({ disposable = false, logDays }: ChatTaskProps): LogDriver {
    return LogDriver.awsLogs({
      streamPrefix: 'chat',
      // A log that cannot be delivered must not stop a stream that can.
      mode: AwsLogDriverMode.NON_BLOCKING,
      logGroup: new LogGroup(this, 'Log', {
        retention: LOG_RETENTION[logDays],
        removalPolicy: disposable ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      }),
    })
  }
}

function environmentOf({ environment, secrets, streaming }: ChatTaskProps): Record<string, string> {
  const secretIds = Object.entries(secrets).map(([name, { secretArn }]) => [name, secretArn])
  return {
    NODE_ENV: 'production',
    PORT: String(SERVICE_PORT),
    ...environment,
    ...streaming.environment,
    // Where the secrets are, never what they say: the task reads them at run time.
    ...Object.fromEntries(secretIds),
  }
}
