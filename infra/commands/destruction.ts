import type { Environment } from '../read-config.ts'
import type { Cdk } from './cdk.ts'
import { CommandError, say } from './command.ts'
import { OperatorSecret } from './operator-secret.ts'
import { type Resource, resourcesOf } from './synthesize.ts'

export interface DestroyOptions {
  readonly cdk: Cdk
  /**
   * What a person has typed behind `--confirm`: the name of the environment, or it is not meant.
   */
  readonly confirmed: string | undefined
}

// What holds something that cannot be made again, in words; all else a deployment makes anew.
const HOLDERS: Readonly<Record<string, string>> = {
  'AWS::RDS::DBInstance': 'the database with every conversation, and its backups',
  'AWS::RDS::DBCluster': 'the database with every conversation, and its backups',
  'AWS::S3::Bucket': 'a bucket with everything in it',
  'AWS::Logs::LogGroup': 'a log',
  'AWS::SecretsManager::Secret': 'a secret (AWS keeps it for a waiting period)',
  'AWS::KMS::Key': 'an encryption key (AWS keeps it for a waiting period)',
}

/** Destroys a disposable environment if it was named twice; otherwise says what would be lost. */
export async function destroy(settings: Environment, options: DestroyOptions): Promise<number> {
  const { environment, disposable } = settings
  if (!disposable) throw new CommandError(howToDestroyByHand(settings))
  const { confirmed, cdk } = options
  if (confirmed !== undefined && confirmed !== environment) {
    throw new CommandError(
      `Nothing was destroyed: --confirm ${confirmed} is not the name of the environment, ${environment}.`,
    )
  }
  say(whatIsLost(settings, await resourcesOf(settings)))
  if (confirmed === undefined) {
    say(
      `Nothing was destroyed. If you mean it: npm run destroy -- --env ${environment} --confirm ${environment}`,
    )
    return 1
  }
  using secret = new OperatorSecret(settings)
  await secret.demandCredentials()
  const code = await cdk(['destroy', '--all', '--force', '-c', `env=${environment}`])
  if (code === 0) say(whatRemains(secret.name, settings))
  return code
}

function whatIsLost(settings: Environment, all: readonly Resource[]): string {
  const resources = all.filter(({ Type }) => Type in HOLDERS)
  const lost = resources.filter((resource) => !isKept(resource))
  const kept = resources.filter(isKept)
  return [
    `Destroying ${settings.environment} (https://${settings.hostName}) deletes for good:`,
    ...lost.map(nameOf),
    ...(kept.length > 0 ? ['It leaves:', ...kept.map(nameOf)] : []),
  ].join('\n')
}

function isKept({ DeletionPolicy }: Resource): boolean {
  return DeletionPolicy === 'Retain' || DeletionPolicy === 'RetainExceptOnCreate'
}

function nameOf({ Type, DeletionPolicy, stack, id }: Resource): string {
  const snapshot = DeletionPolicy === 'Snapshot' ? ', after a last snapshot' : ''
  return `  ${HOLDERS[Type]}${snapshot} (${stack}: ${id})`
}

function whatRemains(secretName: string, { region }: Environment): string {
  return [
    'Destroyed. What remains, as no stack holds it: images in the bootstrap repository, and the',
    'OpenAI key, unless you delete it too:',
    `  aws secretsmanager delete-secret --region ${region} --secret-id ${secretName}`,
  ].join('\n')
}

function howToDestroyByHand({ name, environment, region, database }: Environment): string {
  const installation = `${name}-${environment}`
  const balancer = [
    `aws cloudformation describe-stack-resources --region ${region} --stack-name ${installation}-service`,
    '--output text --query',
    `"StackResources[?ResourceType=='AWS::ElasticLoadBalancingV2::LoadBalancer'].PhysicalResourceId"`,
  ].join(' ')
  const server =
    database.engine === 'aurora'
      ? 'modify-db-cluster --db-cluster-identifier'
      : 'modify-db-instance --db-instance-identifier'
  return [
    `${environment} is not disposable (infra/config.ts), so no command destroys it. By hand, each step`,
    'on purpose (infra/README.md, "Destroy"):',
    '  1. for part in network data service operations; do',
    `       aws cloudformation update-termination-protection --region ${region} \\`,
    `         --no-enable-termination-protection --stack-name ${installation}-$part`,
    '     done',
    `  2. aws elbv2 modify-load-balancer-attributes --region ${region} \\`,
    '       --attributes Key=deletion_protection.enabled,Value=false \\',
    `       --load-balancer-arn "$(${balancer})"`,
    `  3. aws rds ${server} ${installation} --region ${region} \\`,
    '       --no-deletion-protection --apply-immediately',
    `  4. npx cdk destroy --all -c env=${environment}`,
  ].join('\n')
}
