import { Duration } from 'aws-cdk-lib'
import {
  type IOidcProvider,
  OidcProviderNative,
  PolicyStatement,
  Role,
  WebIdentityPrincipal,
} from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { EnvironmentStack } from './environment-stack.ts'
import type { Environment } from './read-config.ts'
import { openAiKeyName, arnOfSecret } from './secret-names.ts'

export interface DeployRoleStackProps {
  /**
   * The repository on GitHub whose workflows may use the roles, as its tokens say it:
   * `owner@id/name@id`, or `owner/name` where they have no ids.
   */
  readonly repository: string
  /** @default true - false where the account knows GitHub already: it can do so only once */
  readonly createsProvider?: boolean
}

const ISSUER = 'token.actions.githubusercontent.com'
const AUDIENCE = 'sts.amazonaws.com'
const SESSION = Duration.hours(1)

// What `cdk bootstrap` has made: whoever deploys acts through these, and has no right of its own.
const DEPLOYING_ROLES = ['deploy', 'file-publishing', 'image-publishing', 'lookup']
const LOOKING_ROLES = ['lookup']

/**
 * Who workflows on GitHub are in this account, without a key that could be stolen.
 *
 * `Deploy` belongs to the GitHub environment of the same name, whose reviewers decide who gets it;
 * `Diff` to every pull request of the repository, and only reads. GitHub gives forks neither.
 *
 * Both act through the roles of `cdk bootstrap`, of which there is one set for an account and
 * region: `Deploy` can deploy every stack there, and `Diff` can read what is there, whatever
 * environment it is of.
 */
export class DeployRoleStack extends EnvironmentStack {
  readonly #settings: Environment
  readonly #repository: string

  constructor(scope: Construct, settings: Environment, props: DeployRoleStackProps) {
    super(scope, 'deploy-role', settings)
    const { repository, createsProvider = true } = props
    this.#settings = settings
    this.#repository = repository
    const provider = createsProvider ? this.#newProvider() : this.#knownProvider()
    const deploy = this.#role('Deploy', provider, `environment:${settings.environment}`)
    deploy.addToPolicy(this.#mayBecome(DEPLOYING_ROLES))
    for (const statement of this.#mayLookBeforehand()) deploy.addToPolicy(statement)
    const diff = this.#role('Diff', provider, 'pull_request')
    diff.addToPolicy(this.#mayBecome(LOOKING_ROLES))
    this.tell(
      'DeployRoleArn',
      deploy.roleArn,
      `AWS_DEPLOY_ROLE among the variables of the environment ${settings.environment} on GitHub`,
    )
    this.tell('DiffRoleArn', diff.roleArn, 'AWS_DIFF_ROLE among the variables of the repository')
  }

  #newProvider(): IOidcProvider {
    return new OidcProviderNative(this, 'GitHub', {
      url: `https://${ISSUER}`,
      clientIds: [AUDIENCE],
    })
  }

  #knownProvider(): IOidcProvider {
    const arn = this.formatArn({
      service: 'iam',
      region: '',
      resource: 'oidc-provider',
      resourceName: ISSUER,
    })
    return OidcProviderNative.fromOidcProviderArn(this, 'GitHub', arn)
  }

  #role(id: string, provider: IOidcProvider, subject: string): Role {
    return new Role(this, id, {
      description: `GitHub: ${this.#repository}, ${subject}`,
      maxSessionDuration: SESSION,
      assumedBy: new WebIdentityPrincipal(provider.oidcProviderArn, {
        // Both compared exactly: a pattern here is how strangers' repositories get in.
        StringEquals: {
          [`${ISSUER}:aud`]: AUDIENCE,
          [`${ISSUER}:sub`]: `repo:${this.#repository}:${subject}`,
        },
      }),
    })
  }

  #mayBecome(roles: readonly string[]): PolicyStatement {
    const { account, region } = this
    return new PolicyStatement({
      actions: ['sts:AssumeRole'],
      resources: roles.map((role) =>
        this.formatArn({
          service: 'iam',
          region: '',
          resource: 'role',
          resourceName: `cdk-hnb659fds-${role}-role-${account}-${region}`,
        }),
      ),
    })
  }

  /** What `npm run deploy` asks before it starts. It never reads a value. */
  #mayLookBeforehand(): PolicyStatement[] {
    const secret = arnOfSecret(this, openAiKeyName(this.#settings))
    return [
      new PolicyStatement({ actions: ['secretsmanager:DescribeSecret'], resources: [secret] }),
      // AWS knows no narrower right: it tells the names of all buckets, and nothing of what is in
      // them.
      new PolicyStatement({ actions: ['s3:ListAllMyBuckets'], resources: ['*'] }),
    ]
  }
}
