import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Environment } from '../read-config.ts'
import { REPOSITORY_ROOT } from '../repository-root.ts'

const Resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
})
const Template = z.object({ Resources: z.record(z.string(), Resource).default({}) })

/** One resource of a template, with the names by which people find it. */
export interface Resource extends z.infer<typeof Resource> {
  readonly stack: string
  readonly id: string
}

const QUIET = { '@aws-cdk/core:annotationsInValidationReport': false }

const CdkJson = z.object({ context: z.record(z.string(), z.unknown()) })

/** Everything that the stacks of an environment hold. Needs no credentials, and changes no file. */
export async function resourcesOf(settings: Environment): Promise<readonly Resource[]> {
  // Only now, because it takes a second that a command which refuses need not spend.
  const { App } = await import('aws-cdk-lib')
  const { addStacks } = await import('../stacks.ts')
  const cdkJson: unknown = JSON.parse(readFileSync(join(REPOSITORY_ROOT, 'cdk.json'), 'utf8'))
  const outdir = mkdtempSync(join(tmpdir(), 'chatkit-templates-'))
  try {
    // Whoever only reads what is in the templates has no use for findings about them.
    const context = { ...CdkJson.parse(cdkJson).context, ...QUIET }
    const app = new App({ outdir, context, builtinCloudFormationValidation: false })
    addStacks(app, settings)
    return app.synth().stacks.flatMap(({ stackName, template }) => {
      const { Resources } = Template.parse(template)
      return Object.entries(Resources).map(([id, resource]) => ({
        ...resource,
        stack: stackName,
        id,
      }))
    })
  } finally {
    rmSync(outdir, { recursive: true, force: true })
  }
}
