import { z } from 'zod'

// moto makes most of what the stacks hold. What it cannot make is taken out of the copies of the
// templates that are rehearsed, and named; the templates of the product stay as they are.

const Resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).optional(),
  DependsOn: z.union([z.string(), z.array(z.string())]).optional(),
})
const Template = z.looseObject({
  Resources: z.record(z.string(), Resource),
  Parameters: z.record(z.string(), z.unknown()).optional(),
  Rules: z.record(z.string(), z.unknown()).optional(),
})
export type RehearsedTemplate = z.infer<typeof Template>

export interface Adapted {
  readonly template: RehearsedTemplate
  /** The types of what was taken out. */
  readonly removed: readonly string[]
}

export interface AdaptOptions {
  /** The types that moto makes. */
  readonly supported: ReadonlySet<string>
  /** What stands for a removed resource wherever the template refers to it, by its logical id. */
  readonly standIns: ReadonlyMap<string, string>
  /** Distinguishes the task definitions of one deployment from those of another. */
  readonly version?: string
}

const DEFINITION = 'AWS::ECS::TaskDefinition'

// Attributes of resources that moto makes and does not know.
const UNANSWERED = /^(TargetGroup|LoadBalancer)FullName$/

/** A template without what moto cannot make, in which nothing refers to what is gone. */
export function adapt(input: unknown, { supported, standIns, version }: AdaptOptions): Adapted {
  const template = withNewDefinitions(Template.parse(input), version)
  const gone = new Map(
    Object.entries(template.Resources).filter(([, { Type }]) => !supported.has(Type)),
  )
  const kept = Object.entries(template.Resources).filter(([id]) => !gone.has(id))
  const standIn = (id: string) => standIns.get(id) ?? `arn:aws:not-rehearsed:::${id}`
  const resources = kept.map(([id, { DependsOn, ...resource }]) => {
    const needed = [DependsOn ?? []].flat().filter((other) => !gone.has(other))
    return [id, needed.length > 0 ? { ...resource, DependsOn: needed } : resource] as const
  })
  const replace = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replace)
    if (typeof value !== 'object' || value === null) return value
    const { id, attribute } = referenceOf(value) ?? {}
    if (id !== undefined && gone.has(id)) return standIn(id)
    if (id !== undefined && UNANSWERED.test(attribute ?? '')) return `not-rehearsed/${id}`
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replace(inner)]))
  }
  // The only parameter and rule are those by which CDK compares the version of its bootstrap, and
  // moto loses the value of such a parameter between two deployments.
  const { Parameters: _parameters, Rules: _rules, ...rest } = template
  return {
    template: Template.parse(replace({ ...rest, Resources: Object.fromEntries(resources) })),
    removed: [...new Set([...gone.values()].map(({ Type }) => Type))].toSorted(),
  }
}

// To AWS, a task definition that changes is a new one, which the service is then given. moto would
// change the one that the service has, and lose what is in it.
function withNewDefinitions(template: RehearsedTemplate, version = ''): RehearsedTemplate {
  let text = JSON.stringify(template)
  for (const [id, { Type }] of Object.entries(template.Resources)) {
    if (Type === DEFINITION) text = text.replaceAll(`"${id}"`, `"${id}${version}"`)
  }
  return Template.parse(JSON.parse(text))
}

/** What a `Ref` or `Fn::GetAtt` names. */
function referenceOf(value: object): { id: string; attribute?: string | undefined } | undefined {
  const entries = Object.entries(value)
  const [entry] = entries
  if (!entry || entries.length > 1) return undefined
  const [name, target]: [string, unknown] = entry
  if (name === 'Ref' && typeof target === 'string') return { id: target }
  if (name !== 'Fn::GetAtt') return undefined
  const [id, attribute] = (Array.isArray(target) ? target : String(target).split('.')).map(String)
  return id === undefined ? undefined : { id, attribute }
}
