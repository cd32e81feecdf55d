import type { IVpc } from 'aws-cdk-lib/aws-ec2'
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import { ChatService } from './constructs/chat-service.ts'
import { SERVICE_PORT } from './constructs/chat-task.ts'
import { DemandedSecret } from './constructs/demanded-secret.ts'
import { EncryptionKey } from './constructs/encryption-key.ts'
import { CHAT_PATH, HttpsEntrance } from './constructs/https-entrance.ts'
import type { Operators } from './constructs/small-function.ts'
import type { DataStack } from './data-stack.ts'
import { EnvironmentStack } from './environment-stack.ts'
import { serviceMetric } from './metrics.ts'
import type { Environment } from './read-config.ts'
import { Streaming } from './streaming.ts'

export interface ServiceStackProps {
  readonly vpc: IVpc
  readonly operators: Operators
  readonly data: DataStack
}

/** What a deployment usually changes: the service and the door in front of it. Holds no data. */
export class ServiceStack extends EnvironmentStack {
  readonly chat: ChatService
  readonly entrance: HttpsEntrance
  readonly targets: ApplicationTargetGroup
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
    this.chat = this.#chat(props)
    this.chat.service.node.addDependency(this.#demandOpenAiKey(props))
    props.data.database.allowFrom(this.chat.service)
    this.entrance = this.#entrance(props)
    this.targets = this.entrance.sendTo(this.chat.service, SERVICE_PORT)
    this.#tellWhatIsNext(settings)
  }

  #chat({ vpc, data }: ServiceStackProps): ChatService {
    const { service, disposable } = this.#settings
    const { secrets, database, attachments, encryptionKey } = data
    const readable = ({ secretArn }: ISecret) => ({ id: secretArn, arn: secretArn, encryptionKey })
    return new ChatService(this, 'Chat', {
      ...service,
      vpc,
      streaming: this.#streaming,
      encryptionKey: this.#logKey,
      disposable,
      imageUri: service.image?.uri,
      liveRuns: serviceMetric(this.fullName, 'LiveRuns', { statistic: 'Average' }),
      environment: {
        ...environmentOf(this.#settings),
        METRICS_SERVICE: this.fullName,
        ATTACHMENTS_BUCKET: attachments.bucket.bucketName,
      },
      statements: attachments.useStatements(),
      secrets: {
        OPENAI_API_KEY_SECRET_ID: secrets.openAiKey,
        JWT_SECRET_SECRET_ID: readable(secrets.jwtSecret),
        DATABASE_SECRET_ID: readable(database.secret),
      },
    })
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
      domainsToAllow(origins).join(', ') || 'none: every origin is local',
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

function environmentOf({ origins, service }: Environment): Record<string, string> {
  const { logLevel, openAiModel, liveRunsMax, variables } = service
  return {
    ...variables,
    FRONTEND_URL: origins.join(','),
    LIVE_RUNS_MAX: String(liveRunsMax),
    ...(logLevel && { LOG_LEVEL: logLevel }),
    ...(openAiModel && { OPENAI_MODEL: openAiModel }),
  }
}

/** The pages' hosts. Local pages are not checked by OpenAI and cannot be registered. */
function domainsToAllow(origins: readonly string[]): string[] {
  return origins.map((origin) => new URL(origin).hostname).filter((host) => host !== 'localhost')
}
