import {
  Certificate,
  CertificateValidation,
  type ICertificate,
} from 'aws-cdk-lib/aws-certificatemanager'
import { type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2'
import type { FargateService } from 'aws-cdk-lib/aws-ecs'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import {
  type ApplicationListener,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  DesyncMitigationMode,
  SslPolicy,
  TargetGroupLoadBalancingAlgorithmType,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import { ARecord, HostedZone, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53'
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import type { Streaming } from '../streaming.ts'
import { Firewall } from './firewall.ts'
import type { LogDays } from './kept-log.ts'

export interface HttpsEntranceProps {
  readonly vpc: IVpc
  readonly streaming: Streaming
  readonly hostName: string
  /** @default - a certificate is issued through `zone` */
  readonly certificateArn?: string | undefined
  /** @default - no DNS record; `certificateArn` is then required */
  readonly zone?: { readonly id: string; readonly name: string } | undefined
  /** Where it is written who connected and what they asked for. */
  readonly accessLogs: IBucket
  /** @default - no firewall */
  readonly firewall?: EntranceFirewall | undefined
  /** @default false - protected from deletion */
  readonly disposable?: boolean
}

/** The firewall before the balancer, with a log of its own. */
export interface EntranceFirewall {
  /** Of its metrics and its log. */
  readonly name: string
  /** From one address. */
  readonly requestsPerFiveMinutes: number
  /** Encrypts its log. */
  readonly encryptionKey: IKey
  readonly logDays: LogDays
}

const READY_PATH = '/ready'
/** Where pages send what their users write. */
export const CHAT_PATH = '/chatkit'
/** Where clients that do not upload to the bucket send files. */
const UPLOAD_PATH = `${CHAT_PATH}/attachments`

/** The one public door: HTTPS, patient enough for streams, intolerant of malformed requests. */
export class HttpsEntrance extends Construct {
  readonly url: string
  readonly balancer: ApplicationLoadBalancer
  readonly #listener: ApplicationListener
  readonly #props: HttpsEntranceProps

  constructor(scope: Construct, id: string, props: HttpsEntranceProps) {
    super(scope, id)
    this.#props = props
    this.url = `https://${props.hostName}`
    const zone = this.#zone()
    const balancer = this.#balancer()
    this.balancer = balancer
    balancer.addRedirect() // 80 to 443, permanently
    this.#listener = balancer.addListener('Https', {
      protocol: ApplicationProtocol.HTTPS,
      certificates: [this.#certificate(zone)],
      sslPolicy: SslPolicy.TLS13_12_PQ,
    })
    if (zone) this.#alias(zone, balancer)
    if (props.firewall) this.#protect(props.firewall)
  }

  /** Sends every request to the service's ready tasks, and lets leaving tasks finish streams. */
  sendTo(service: FargateService, port: number): ApplicationTargetGroup {
    const { vpc, streaming } = this.#props
    const targets = new ApplicationTargetGroup(this, 'Targets', {
      vpc,
      targetType: TargetType.IP,
      protocol: ApplicationProtocol.HTTP,
      port,
      targets: [service],
      // A stream counts until it ends; taking turns would pile long ones on one task.
      loadBalancingAlgorithmType: TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
      deregistrationDelay: streaming.drain,
      healthCheck: {
        path: READY_PATH,
        healthyHttpCodes: '200',
        ...streaming.readiness,
      },
    })
    this.#listener.addTargetGroups('Service', { targetGroups: [targets] })
    return targets
  }

  #balancer(): ApplicationLoadBalancer {
    const { vpc, streaming, accessLogs, disposable = false } = this.#props
    const balancer = new ApplicationLoadBalancer(this, 'Balancer', {
      vpc,
      vpcSubnets: { subnetType: SubnetType.PUBLIC },
      internetFacing: true,
      idleTimeout: streaming.idle,
      dropInvalidHeaderFields: true,
      desyncMitigationMode: DesyncMitigationMode.STRICTEST,
      deletionProtection: !disposable,
    })
    balancer.logAccessLogs(accessLogs, 'requests')
    balancer.logConnectionLogs(accessLogs, 'connections')
    return balancer
  }

  #protect(settings: EntranceFirewall): Firewall {
    return new Firewall(this, 'Firewall', {
      ...settings,
      resourceArn: this.balancer.loadBalancerArn,
      chatPaths: [CHAT_PATH, UPLOAD_PATH],
      disposable: this.#props.disposable ?? false,
    })
  }

  #zone(): IHostedZone | undefined {
    const { zone } = this.#props
    if (!zone) return undefined
    // Given by id: looking the zone up by name would need credentials at synth.
    return HostedZone.fromHostedZoneAttributes(this, 'Zone', {
      hostedZoneId: zone.id,
      zoneName: zone.name,
    })
  }

  #alias(zone: IHostedZone, balancer: ApplicationLoadBalancer): ARecord {
    return new ARecord(this, 'Alias', {
      zone,
      recordName: `${this.#props.hostName}.`,
      target: RecordTarget.fromAlias(new LoadBalancerTarget(balancer)),
    })
  }

  #certificate(zone: IHostedZone | undefined): ICertificate {
    const { certificateArn, hostName } = this.#props
    if (certificateArn) return Certificate.fromCertificateArn(this, 'Certificate', certificateArn)
    if (!zone) throw new Error('HTTPS needs a certificate: give certificateArn or zone')
    return new Certificate(this, 'Certificate', {
      domainName: hostName,
      validation: CertificateValidation.fromDns(zone),
    })
  }
}
