import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, CfnResource, type PolicyValidationPluginReport } from 'aws-cdk-lib'
import {
  AwsSolutionsChecks,
  HIPAASecurityChecks,
  NIST80053R5Checks,
  PCIDSS321Checks,
  ServerlessChecks,
} from 'cdk-nag'
import type { Environment } from '../read-config.ts'
import { addStacks } from '../stacks.ts'
import { type Acknowledged, acknowledged } from './acknowledged.ts'
import { templateRules } from './add-policy.ts'

/** One rule that one resource breaks. */
export interface Finding {
  readonly pack: Pack
  readonly rule: string
  /** Construct path, from the stack's part on, such as `data/Database`. */
  readonly path: string
  /** Undefined for a finding that nobody has explained. */
  readonly reason: string | undefined
}

export const PACKS = [
  'AwsSolutions',
  'NIST 800-53 R5',
  'PCI DSS 3.2.1',
  'HIPAA',
  'Serverless',
  'Control Tower Guard',
  'CloudFormation Validate',
  'own rules',
] as const
export type Pack = (typeof PACKS)[number]

type Report = Pick<PolicyValidationPluginReport, 'violations'>

/** Everything that any pack finds in an environment, whether acknowledged or not. */
export function findingsOf(settings: Environment, context: Record<string, unknown>): Finding[] {
  const outdir = mkdtempSync(join(tmpdir(), 'chatkit-policy-'))
  try {
    const app = new App({ context, outdir, builtinCloudFormationValidation: false })
    addStacks(app, settings)
    const plugin = templateRules(app)
    const { stacks } = app.synth()
    const stackTemplates = stacks.map(({ hierarchicalId, templateFullPath, environment }) => ({
      stackConstructPath: hierarchicalId,
      templatePath: templateFullPath,
      region: environment.region,
      accountId: settings.account,
    }))
    const templatePaths = stackTemplates.map(({ templatePath }) => templatePath)
    return [
      ...treeReports(app).flatMap(([pack, report]) => toFindings(app, settings, { pack, report })),
      ...toFindings(app, settings, {
        report: plugin.validate({ templatePaths, stackTemplates, appConstruct: app }),
      }),
    ]
  } finally {
    rmSync(outdir, { recursive: true })
  }
}

/** A rule counts once, however many resources and details it names. */
export function failingRules(findings: readonly Finding[]): number {
  return new Set(findings.map(({ rule }) => rule.replace(/\[.*$/s, ''))).size
}

function treeReports(app: App): [Pack, Report][] {
  return [
    ['AwsSolutions', new AwsSolutionsChecks(app).validateScope(app)],
    ['NIST 800-53 R5', new NIST80053R5Checks(app).validateScope(app)],
    ['PCI DSS 3.2.1', new PCIDSS321Checks(app).validateScope(app)],
    ['HIPAA', new HIPAASecurityChecks(app).validateScope(app)],
    ['Serverless', new ServerlessChecks(app).validateScope(app)],
  ]
}

interface Reported {
  /** @default - told by the name of the rule */
  readonly pack?: Pack
  readonly report: Report
}

function toFindings(app: App, settings: Environment, { pack, report }: Reported): Finding[] {
  const paths = pathsByLogicalId(app)
  const reasons = acknowledged(settings)
  return report.violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath, resourceLogicalId = '', templatePath = '' }) => {
      const stack = /([^/\\]+)\.template\.json$/.exec(templatePath)?.[1] ?? ''
      const full = constructPath ?? paths.get(`${stack}/${resourceLogicalId}`) ?? stack
      const path = full.replace(`${settings.name}-${settings.environment}-`, '')
      const found = { pack: pack ?? packOf(ruleName), rule: ruleName, path }
      return { ...found, reason: reasonFor(found, reasons) }
    }),
  )
}

function pathsByLogicalId(app: App): ReadonlyMap<string, string> {
  const resources = app.node.findAll().filter((one) => CfnResource.isCfnResource(one))
  return new Map(
    resources.map(({ stack, logicalId, node }) => [
      `${stack.stackName}/${String(stack.resolve(logicalId))}`,
      node.path,
    ]),
  )
}

function packOf(rule: string): Pack {
  if (rule.startsWith('CHATKIT-')) return 'own rules'
  return rule.endsWith('_check') ? 'Control Tower Guard' : 'CloudFormation Validate'
}

function reasonFor(
  { rule, path }: Pick<Finding, 'rule' | 'path'>,
  reasons: readonly Acknowledged[],
): string | undefined {
  return reasons.find(
    ({ paths, rules }) =>
      rules.some((one) => one === rule || one === `CloudFormation-Validate::${rule}`) &&
      paths.some((one) => path === one || path.startsWith(`${one}/`)),
  )?.reason
}
