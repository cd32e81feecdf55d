import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { z } from 'zod'
import type { EnvironmentName } from '../../infra/config-schema.ts'
import { config } from '../../infra/config.ts'
import { type Environment, readConfig } from '../../infra/read-config.ts'
import { addStacks } from '../../infra/stacks.ts'

export const REPOSITORY_ROOT = join(import.meta.dirname, '../..')

const CdkJson = z.object({ context: z.record(z.string(), z.unknown()) })

/** An image that exists, so that a test does not depend on what the repository holds today. */
export const IMAGE_URI = '444455556666.dkr.ecr.eu-central-1.amazonaws.com/chat:1.2.3'

export interface Synthesized {
  readonly network: Template
  readonly data: Template
  readonly service: Template
  readonly operations: Template
  /** Look-ups that synth would have liked to make; with any of them it needs credentials. */
  readonly missing: readonly unknown[]
}

/** The feature flags of cdk.json. */
export function cdkContext(): Record<string, unknown> {
  const cdkJson: unknown = JSON.parse(readFileSync(join(REPOSITORY_ROOT, 'cdk.json'), 'utf8'))
  return CdkJson.parse(cdkJson).context
}

/** The templates of one environment, made with the feature flags of cdk.json. */
export function synthesize(
  environment: EnvironmentName,
  change: (settings: Environment) => Environment = (settings) => settings,
): Synthesized {
  const outdir = mkdtempSync(join(tmpdir(), 'chatkit-synth-'))
  try {
    const app = new App({
      outdir,
      context: cdkContext(),
      // These tests are about single properties; policy.test.ts is about all that policy demands.
      builtinCloudFormationValidation: false,
    })
    const { network, data, service, operations } = addStacks(app, change(settingsOf(environment)))
    return {
      missing: app.synth().manifest.missing ?? [],
      network: Template.fromStack(network),
      data: Template.fromStack(data),
      service: Template.fromStack(service),
      operations: Template.fromStack(operations),
    }
  } finally {
    rmSync(outdir, { recursive: true })
  }
}

/** The environment as it is configured, but with an image that exists. */
export function settingsOf(environment: EnvironmentName): Environment {
  const settings = readConfig(config, environment)
  return { ...settings, service: { ...settings.service, image: { uri: IMAGE_URI } } }
}

const Resources = z.record(z.string(), z.looseObject({ Properties: z.json().optional() }))

/** The properties of the only resource of a type. */
export function theOnly(template: Template, type: string): z.infer<ReturnType<typeof z.json>> {
  const found = Object.values(Resources.parse(template.findResources(type)))
  const [resource] = found
  if (!resource || found.length > 1) throw new Error(`${found.length} resources of type ${type}`)
  return resource.Properties ?? null
}
