import type { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import type { IVpc } from 'aws-cdk-lib/aws-ec2'
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import { type IKey, Key } from 'aws-cdk-lib/aws-kms'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { domainsOf } from './commands/domain-allowlist.ts'
import { ChatService } from './constructs/chat-service.ts'
import { SERVICE_PORT } from './constructs/chat-task.ts'
import { DemandedSecret } from './constructs/demanded-secret.ts'
import { EncryptionKey } from './constructs/encryption-key.ts'
import { CHAT_PATH, HttpsEntrance } from './constructs/https-entrance.ts'
import { type ReadableSecret, RotatedSecret } from './constructs/rotated-secret.ts'
import type { Operators } from './constructs/small-function.ts'
import type { DataStack } from './data-stack.ts'
import { EnvironmentStack } from './environment-stack.ts'
import { functionErrors, serviceMetric } from './metrics.ts'
import type { Environment } from './read-config.ts'
import { arnOfSecret } from './secret-names.ts'
import { serviceVariables } from './service-variables.ts'
import { Streaming } from './streaming.ts'

export interface ServiceStackProps {
  readonly vpc: IVpc
  readonly operators: Operators
  readonly data: DataStack
}

const GATEWAY_ROTATION_DAYS = 90

/** What a deployment usually changes: the service and the door in front of it. Holds no data. */
export class ServiceStack extends EnvironmentStack {
  readonly chat: ChatService
  readonly entrance: HttpsEntrance
  readonly targets: ApplicationTargetGroup
  /** What a gateway proves itself by, where there is one. */
  readonly gateway: RotatedSecret | undefined
  /** By name, as a stack that imported it would keep the gateway from ever being taken away. */
  readonly gatewayRotationErrors: Metric | undefined
  readonly #settings: Environment
  readonly #streaming: Streaming
  readonly #logKey: IKey

  constructor(scope: Construct, settings: Environment, props: ServiceStackProps) {
    super(scope, 'service', settings)
    this.#settings = settings
    this.#streaming = new Streaming(settings.streaming)
    this.#logKey = new EncryptionKey(this, 'LogKey', {
      description: `Logs of the service ${this.fullName}`,
      forLogs: true,
      disposable: settings.disposable,
    }).key
    const functionName = `${this.fullName}-gateway-rotation`
    const hasGateway = settings.auth.patterns.includes('gateway')
    this.gateway = hasGateway ? this.#gateway(props, functionName) : undefined
    this.gatewayRotationErrors = hasGateway ? functionErrors(functionName) : undefined
    this.chat = this.#chat(props)
    this.chat.reach(props.data.database)
    this.entrance = this.#entrance(props)
    this.targets = this.entrance.sendTo(this.chat.service, SERVICE_PORT)
    // Nothing is made before: what is protected from deletion would stay when the key is missing.
    const { check } = this.#demandOpenAiKey(props)
    this.chat.node.addDependency(check)
    this.entrance.node.addDependency(check)
    this.gateway?.secret.node.addDependency(check)
    this.#tellWhatIsNext(settings)
  }

  #chat({ vpc, data }: ServiceStackProps): ChatService {
    const { service, network, disposable } = this.#settings
    const files = this.#settings.attachments.enabled ? data.attachments : undefined
    return new ChatService(this, 'Chat', {
      ...service,
      name: this.fullName,
      vpc,
      isPublic: network.nat === 'none',
      streaming: this.#streaming,
      encryptionKey: this.#logKey,
      disposable,
      imageUri: service.image?.uri,
      liveRuns: serviceMetric(this.fullName, 'LiveRuns', { statistic: 'Average' }),
      environment: {
        ...serviceVariables(this.#settings),
        METRICS_SERVICE: this.fullName,
        ...(files && { ATTACHMENTS_BUCKET: files.bucket.bucketName }),
      },
      statements: files?.useStatements() ?? [],
      secrets: this.#secrets(data),
    })
  }

  #secrets({ secrets, database, encryptionKey }: DataStack): Record<string, ReadableSecret> {
    const readable = ({ secretArn }: ISecret) => ({ id: secretArn, arn: secretArn, encryptionKey })
    return {
      OPENAI_API_KEY_SECRET_ID: secrets.openAiKey,
      ...(this.#settings.auth.patterns.includes('jwt') && {
        JWT_SECRET_SECRET_ID: readable(secrets.jwtSecret),
      }),
      ...(this.gateway && { GATEWAY_SECRET_SECRET_ID: readable(this.gateway.secret) }),
      DATABASE_SECRET_ID: readable(database.secret),
      ...this.#ownSecrets(),
    }
  }

  /** Those of the team's own tools. */
  #ownSecrets(): Record<string, ReadableSecret> {
    const entries = Object.entries(this.#settings.service.secrets)
    return Object.fromEntries(
      entries.map(([name, id]) => [name, { id, arn: arnOfSecret(this, id) }]),
    )
  }

  // In this stack, because it is used here alone: what the configuration no longer names goes after
  // the last task that reads it.
  #gateway({ operators, data }: ServiceStackProps, functionName: string): RotatedSecret {
    const { secrets, service, disposable } = this.#settings
    // As if it were any key: the rotation would otherwise stand in its policy, and the stack of the
    // key would depend on this one. Rights that a role has by itself are enough.
    const encryptionKey = Key.fromKeyArn(this, 'DataKey', data.encryptionKey.keyArn)
    const gateway = new RotatedSecret(new Construct(this, 'Secrets'), 'Gateway', {
      variable: 'GATEWAY_SECRET',
      encryptionKey,
      logKey: this.#logKey,
      rotationDays: secrets.gatewayRotationDays ?? GATEWAY_ROTATION_DAYS,
      functionName,
      operators,
      logDays: service.logDays,
      disposable,
    })
    this.tell(
      'GatewaySecret',
      gateway.secret.secretArn,
      'The gateway reads it here, once a day at least, as it rotates',
    )
    return gateway
  }

  #entrance({ vpc, data }: ServiceStackProps): HttpsEntrance {
    const { hostName, certificateArn, zone, firewall, service, disposable } = this.#settings
    return new HttpsEntrance(this, 'Entrance', {
      vpc,
      streaming: this.#streaming,
      hostName,
      certificateArn,
      zone,
      accessLogs: data.accessLogs,
      firewall: firewall.enabled
        ? {
            name: this.fullName,
            requestsPerFiveMinutes: firewall.requestsPerFiveMinutes,
            encryptionKey: this.#logKey,
            logDays: service.logDays,
          }
        : undefined,
      disposable,
    })
  }

  #demandOpenAiKey({ operators, data }: ServiceStackProps): DemandedSecret {
    const { environment, service, disposable } = this.#settings
    return new DemandedSecret(this, 'OpenAiKey', {
      secret: data.secrets.openAiKey,
      advice: `Run: npm run secret -- set openai --env ${environment}, then deploy again.`,
      occasion: this.chat.fingerprint,
      logKey: this.#logKey,
      operators,
      logDays: service.logDays,
      disposable,
    })
  }

  #tellWhatIsNext({ origins, region }: Environment): void {
    this.tell('Url', `${this.entrance.url}${CHAT_PATH}`, 'The url that pages pass to ChatKit')
    this.tell(
      'DomainsToAllow',
      domainsOf(origins).join(', ') || 'none: every origin is local',
      'Register each in the domain allowlist of OpenAI: infra/RUNBOOK.md#domain-allowlist',
    )
    const { cluster, serviceName } = this.chat.service
    const names = `--cluster ${cluster.clusterName} --service ${serviceName}`
    this.tell(
      'ReplaceTasks',
      `aws ecs update-service --region ${region} ${names} --force-new-deployment`,
      'Starts fresh tasks, then drains the old ones',
    )
    this.tell('LogGroup', this.chat.log.logGroupName, 'What the tasks say')
  }
}
