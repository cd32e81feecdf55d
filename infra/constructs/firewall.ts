import { ArnFormat, Stack } from 'aws-cdk-lib'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2'
import { Construct } from 'constructs'
import { firewallRules } from './firewall-rules.ts'
import { KeptLog, type LogDays } from './kept-log.ts'

export interface FirewallProps {
  /** The ARN of the load balancer that it stands before. */
  readonly resourceArn: string
  /** Of its metrics and its log. */
  readonly name: string
  /** From one address; a whole office may share one. */
  readonly requestsPerFiveMinutes: number
  /** Where bodies are conversations and files, and may hold anything that people write or send. */
  readonly chatPaths: readonly string[]
  readonly encryptionKey: IKey
  readonly logDays: LogDays
  /** @default false - the log outlives the firewall */
  readonly disposable?: boolean
}

/** Whoever reads one of these can sign in as somebody else. In lower case, as WAF compares them. */
const CREDENTIAL_HEADERS = ['authorization', 'cookie', 'x-session-token', 'x-gateway-secret']

/**
 * Turns away known attackers, known attacks and whoever asks too often.
 *
 * It does not judge what people write: somebody who asks about a line of HTML, or pastes a long
 * text, looks to a general rule like an attack. Bodies of the chat are checked by the service
 * instead.
 */
export class Firewall extends Construct {
  readonly acl: CfnWebACL
  readonly association: CfnWebACLAssociation
  readonly logging: CfnLoggingConfiguration

  constructor(scope: Construct, id: string, props: FirewallProps) {
    super(scope, id)
    this.acl = new CfnWebACL(this, 'Acl', {
      scope: 'REGIONAL',
      description: 'Before the chat service',
      defaultAction: { allow: {} },
      visibilityConfig: visibility(props.name),
      rules: this.#rules(props),
      dataProtectionConfig: { dataProtections: hidden() },
    })
    this.association = new CfnWebACLAssociation(this, 'Association', {
      resourceArn: props.resourceArn,
      webAclArn: this.acl.attrArn,
    })
    this.logging = this.#log(props)
  }

  #rules({ name, requestsPerFiveMinutes, chatPaths }: FirewallProps): CfnWebACL.RuleProperty[] {
    return firewallRules(requestsPerFiveMinutes, chatPaths).map((rule, priority) => ({
      ...rule,
      priority,
      visibilityConfig: visibility(`${name}-${rule.name}`),
    }))
  }

  // Credentials are left out of it twice: they are in no other output of the firewall either.
  #log(props: FirewallProps): CfnLoggingConfiguration {
    const { encryptionKey, logDays, disposable = false } = props
    // WAF only writes to logs whose name begins like this.
    const name = `aws-waf-logs-${props.name}`
    const log = new KeptLog(this, 'Log', { name, encryptionKey, days: logDays, disposable })
    const logging = new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: this.acl.attrArn,
      // Put together, because the ARN that the log itself tells ends in an asterisk.
      logDestinationConfigs: [
        Stack.of(this).formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: name,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      redactedFields: CREDENTIAL_HEADERS.map((Name) => ({ singleHeader: { Name } })),
    })
    logging.node.addDependency(log)
    return logging
  }
}

/** What neither the log nor the samples in the console show: credentials, and what people write. */
function hidden(): CfnWebACL.DataProtectProperty[] {
  const fields = [
    { fieldType: 'SINGLE_HEADER', fieldKeys: CREDENTIAL_HEADERS },
    { fieldType: 'SINGLE_COOKIE' },
    // A rule that looks at bodies writes down what it has found in them, even when it only counts.
    { fieldType: 'BODY' },
  ]
  return fields.map((field) => ({ field, action: 'SUBSTITUTION' }))
}

function visibility(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true }
}
