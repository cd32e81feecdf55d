import type { Environment } from '../read-config.ts'
import { COST_RULES, type CostLine, FREE } from './cost-rules.ts'
import { type Prices, pricesOf } from './prices.ts'
import { type Resource, resourcesOf } from './synthesize.ts'

export interface PricedLine extends CostLine {
  readonly dollars: number
}

export interface Estimate {
  readonly environment: string
  readonly region: string
  /** Whose prices were used: of the region itself, or of one that stands for it. */
  readonly prices: Prices
  readonly lines: readonly PricedLine[]
  readonly total: number
  /** What costs money, or may, and has no price here. */
  readonly notPriced: readonly string[]
}

/** What an environment costs in a month, by its templates. Needs no credentials. */
export async function estimate(settings: Environment): Promise<Estimate> {
  return estimateOf(await resourcesOf(settings), settings)
}

export function estimateOf(
  resources: readonly Resource[],
  { environment, region }: Pick<Environment, 'environment' | 'region'>,
): Estimate {
  const prices = pricesOf(region)
  // No template has the secret with the OpenAI key: an operator makes it.
  const lines: CostLine[] = [
    { item: 'Secrets', quantity: 1, unit: 'secrets', price: prices.secretMonth },
  ]
  const unknown = new Set<string>()
  for (const resource of resources) {
    const rule = COST_RULES[resource.Type]
    const found = rule?.(resource, { prices, resources }) ?? nameOf(resource)
    if (typeof found !== 'string') lines.push(...found)
    else if (found !== '') unknown.add(found)
  }
  const merged = merge(lines).map((line) => ({ ...line, dollars: line.quantity * line.price }))
  return {
    environment,
    region,
    prices,
    lines: merged,
    total: merged.reduce((sum, { dollars }) => sum + dollars, 0),
    notPriced: [...unknown],
  }
}

/** The type, or nothing for one that is free. */
function nameOf({ Type }: Resource): string {
  return FREE.some((pattern) => pattern.test(Type)) ? '' : Type
}

/** Adds up what is the same thing at the same price; the order is that of first appearance. */
function merge(lines: readonly CostLine[]): readonly CostLine[] {
  const merged = new Map<string, CostLine>()
  for (const line of lines) {
    const key = `${line.item}@${line.price}`
    const before = merged.get(key)?.quantity ?? 0
    merged.set(key, { ...line, quantity: before + line.quantity })
  }
  return [...merged.values()]
}
