import { Stack } from 'aws-cdk-lib'
import {
  type IRole,
  ManagedPolicy,
  type PolicyStatement,
  Role,
  ServicePrincipal,
  type ServicePrincipalOpts,
} from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'

export interface ServiceRoleProps {
  /** The service of AWS that acts in this role, such as `ecs-tasks.amazonaws.com`. */
  readonly service: string
  readonly description: string
  /** All that the role may do; nothing adds to it later. */
  readonly statements: readonly PolicyStatement[]
  /** @default - any resource of this account may act in the role */
  readonly sourceArn?: string
  /** @default true - false for a service that does not say for whom it acts, such as Lambda */
  readonly saysForWhom?: boolean
}

/**
 * A role for a service of AWS, with every right of it in one managed policy.
 *
 * `role` takes no further rights: a construct that grants itself more has no effect, so what stands
 * here is what the role can do.
 */
export class ServiceRole extends Construct {
  readonly role: IRole
  readonly policy: ManagedPolicy

  constructor(scope: Construct, id: string, props: ServiceRoleProps) {
    super(scope, id)
    const { service, description, statements, saysForWhom = true } = props
    const role = new Role(this, 'Role', {
      description,
      assumedBy: new ServicePrincipal(service, saysForWhom ? this.#forUs(props) : {}),
    })
    this.policy = new ManagedPolicy(this, 'Policy', { description, statements: [...statements] })
    this.policy.attachToRole(role)
    this.role = role.withoutPolicyUpdates()
  }

  // Without it, the service could be talked into using the role for another account.
  #forUs({ sourceArn }: ServiceRoleProps): ServicePrincipalOpts {
    return {
      conditions: {
        StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
        ...(sourceArn && { ArnLike: { 'aws:SourceArn': sourceArn } }),
      },
    }
  }
}
