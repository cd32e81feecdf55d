import { type App, CfnResource, CloudFormationValidatePlugin, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag'
import type { IConstruct } from 'constructs'
import type { Environment } from '../read-config.ts'
import { acknowledged } from './acknowledged.ts'
import { controlTowerRules, ownRules } from './rule-files.ts'

/**
 * Makes every synth of the app a policy check, after the stacks have been added to it.
 *
 * A finding that is not acknowledged fails it.
 */
export function addPolicy(app: App, settings: Environment): void {
  Validations.of(app).addPlugins(
    new AwsSolutionsChecks(app),
    new NIST80053R5Checks(app),
    templateRules(app),
  )
  for (const { paths, rules, reason } of acknowledged(settings)) {
    for (const path of paths) {
      const where = constructAt(app, settings, path)
      if (!where) continue
      Validations.of(where).acknowledge(...rules.map((id) => ({ id, reason })))
    }
  }
}

/** Schema and best practices of CloudFormation, Control Tower and our own rules, in one engine. */
export function templateRules(app: App): CloudFormationValidatePlugin {
  const resources = app.node.findAll().filter((one) => CfnResource.isCfnResource(one))
  const types = new Set(resources.map(({ cfnResourceType }) => cfnResourceType))
  return new CloudFormationValidatePlugin({
    regoRules: ownRules(),
    guardRules: controlTowerRules(types),
  })
}

/**
 * What stands at the path, whose first word is the part of the stack; not everything always does.
 */
function constructAt(app: App, settings: Environment, path: string): IConstruct | undefined {
  const [part, ...ids] = path.split('/')
  let found = app.node.tryFindChild(`${settings.name}-${settings.environment}-${part}`)
  for (const id of ids) found = found?.node.tryFindChild(id)
  return found
}
