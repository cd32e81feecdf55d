import { CfnOutput, type CfnOutputProps } from 'aws-cdk-lib'
import type { IVpc } from 'aws-cdk-lib/aws-ec2'
import type { FargateService } from 'aws-cdk-lib/aws-ecs'
import type { Construct } from 'constructs'
import { ChatService } from './constructs/chat-service.ts'
import type { ChatSecrets } from './constructs/chat-secrets.ts'
import type { Database } from './constructs/database.ts'
import { SERVICE_PORT } from './constructs/chat-task.ts'
import { HttpsEntrance } from './constructs/https-entrance.ts'
import { EnvironmentStack } from './environment-stack.ts'
import type { Environment } from './read-config.ts'
import { Streaming } from './streaming.ts'

export interface ServiceStackProps {
  readonly vpc: IVpc
  readonly database: Database
  readonly secrets: ChatSecrets
}

/** What a deployment usually changes: the service and the door in front of it. Holds no data. */
export class ServiceStack extends EnvironmentStack {
  constructor(scope: Construct, settings: Environment, props: ServiceStackProps) {
    super(scope, 'service', settings)
    const { vpc, database, secrets } = props
    const { disposable, hostName, certificateArn, zone } = settings
    const { architecture, cpu, memoryMiB, tasks, image, logDays } = settings.service
    const streaming = new Streaming(settings.streaming)
    const chat = new ChatService(this, 'Chat', {
      vpc,
      streaming,
      architecture,
      cpu,
      memoryMiB,
      tasks,
      logDays,
      disposable,
      imageUri: image?.uri,
      environment: environmentOf(settings),
      secrets: {
        OPENAI_API_KEY_SECRET_ID: secrets.openAiKey,
        JWT_SECRET_SECRET_ID: secrets.jwtSecret,
        DATABASE_SECRET_ID: database.secret,
      },
    })
    database.allowFrom(chat.service)
    const entrance = new HttpsEntrance(this, 'Entrance', {
      vpc,
      streaming,
      disposable,
      hostName,
      certificateArn,
      zone,
    })
    entrance.sendTo(chat.service, SERVICE_PORT)
    this.#addOutputs(entrance.url, settings)
    this.#tellHowToReplaceTasks(chat.service, settings.region)
  }

  #addOutputs(url: string, { origins }: Environment): void {
    this.#output('Url', {
      value: `${url}/chatkit`,
      description: 'The url that pages pass to ChatKit',
    })
    this.#output('DomainsToAllow', {
      value: domainsToAllow(origins).join(', ') || 'none: every origin is local',
      description: 'Register each in the domain allowlist of OpenAI: infra/RUNBOOK.md',
    })
  }

  #tellHowToReplaceTasks({ cluster, serviceName }: FargateService, region: string): void {
    const names = `--cluster ${cluster.clusterName} --service ${serviceName}`
    this.#output('ReplaceTasks', {
      value: `aws ecs update-service --region ${region} ${names} --force-new-deployment`,
      description: 'Starts fresh tasks, then drains the old ones',
    })
  }

  #output(id: string, props: CfnOutputProps): CfnOutput {
    return new CfnOutput(this, id, props)
  }
}

function environmentOf({ origins, service }: Environment): Record<string, string> {
  const { logLevel, openAiModel } = service
  return {
    FRONTEND_URL: origins.join(','),
    ...(logLevel && { LOG_LEVEL: logLevel }),
    ...(openAiModel && { OPENAI_MODEL: openAiModel }),
  }
}

/** The pages' hosts. Local pages are not checked by OpenAI and cannot be registered. */
function domainsToAllow(origins: readonly string[]): string[] {
  return origins.map((origin) => new URL(origin).hostname).filter((host) => host !== 'localhost')
}
