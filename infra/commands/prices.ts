/**
 * Public on-demand list prices of AWS in US dollars, without tax, free tier and discounts.
 *
 * Not fetched: this is what was known of the pages that `PRICES_SOURCE` names on `PRICES_DATE`.
 * Check a price before a decision hangs on it, and set the date when all have been checked.
 */
export const PRICES_DATE = '2026-11-22'
export const PRICES_SOURCE = 'https://aws.amazon.com/pricing/ (on-demand, public list prices)'

/** The price of each unit in one region. */
export interface Prices {
  readonly region: string
  readonly fargateHour: Readonly<Record<'ARM64' | 'X86_64', { vcpu: number; gib: number }>>
  readonly balancerHour: number
  /** A load balancer capacity unit for an hour. */
  readonly balancerUnitHour: number
  readonly natHour: number
  readonly natGib: number
  readonly publicIpHour: number
  /** An interface endpoint in one zone. */
  readonly endpointHour: number
  /** PostgreSQL in one zone, by instance type without `db.`; a standby costs the same again. */
  readonly databaseHour: Readonly<Record<string, number>>
  readonly databaseGibMonth: number
  readonly auroraUnitHour: number
  readonly auroraGibMonth: number
  readonly auroraMillionIo: number
  readonly secretMonth: number
  /** For ten thousand. */
  readonly secretReads: number
  readonly functionGibSecond: number
  readonly keyMonth: number
  readonly alarmMonth: number
  readonly dashboardMonth: number
  readonly metricMonth: number
  readonly logGib: number
  readonly logGibMonth: number
  readonly storageGibMonth: number
  readonly firewallMonth: number
  readonly firewallRuleMonth: number
  readonly firewallMillionRequests: number
  readonly trafficOutGib: number
}

// Instances of RDS with Graviton; each size of a family costs twice the one before it.
const FRANKFURT: Prices = {
  region: 'eu-central-1',
  fargateHour: {
    ARM64: { vcpu: 0.03725, gib: 0.00409 },
    X86_64: { vcpu: 0.04656, gib: 0.00511 },
  },
  balancerHour: 0.027,
  balancerUnitHour: 0.008,
  natHour: 0.052,
  natGib: 0.052,
  publicIpHour: 0.005,
  endpointHour: 0.012,
  databaseHour: {
    't4g.micro': 0.019,
    't4g.small': 0.038,
    't4g.medium': 0.076,
    't4g.large': 0.152,
    ...sizes('m7g', 0.201),
    ...sizes('m8g', 0.211),
    ...sizes('r7g', 0.287),
    ...sizes('r8g', 0.302),
  },
  databaseGibMonth: 0.137,
  auroraUnitHour: 0.14,
  auroraGibMonth: 0.119,
  auroraMillionIo: 0.22,
  secretMonth: 0.4,
  secretReads: 0.05,
  functionGibSecond: 0.0000133334,
  keyMonth: 1,
  alarmMonth: 0.1,
  dashboardMonth: 3,
  metricMonth: 0.3,
  logGib: 0.63,
  logGibMonth: 0.0324,
  storageGibMonth: 0.0245,
  firewallMonth: 5,
  firewallRuleMonth: 1,
  firewallMillionRequests: 0.6,
  trafficOutGib: 0.09,
}

const VIRGINIA: Prices = {
  region: 'us-east-1',
  fargateHour: {
    ARM64: { vcpu: 0.03238, gib: 0.00356 },
    X86_64: { vcpu: 0.04048, gib: 0.004445 },
  },
  balancerHour: 0.0225,
  balancerUnitHour: 0.008,
  natHour: 0.045,
  natGib: 0.045,
  publicIpHour: 0.005,
  endpointHour: 0.01,
  databaseHour: {
    't4g.micro': 0.016,
    't4g.small': 0.032,
    't4g.medium': 0.065,
    't4g.large': 0.129,
    ...sizes('m7g', 0.168),
    ...sizes('m8g', 0.176),
    ...sizes('r7g', 0.239),
    ...sizes('r8g', 0.251),
  },
  databaseGibMonth: 0.115,
  auroraUnitHour: 0.12,
  auroraGibMonth: 0.1,
  auroraMillionIo: 0.2,
  secretMonth: 0.4,
  secretReads: 0.05,
  functionGibSecond: 0.0000133334,
  keyMonth: 1,
  alarmMonth: 0.1,
  dashboardMonth: 3,
  metricMonth: 0.3,
  logGib: 0.5,
  logGibMonth: 0.03,
  storageGibMonth: 0.023,
  firewallMonth: 5,
  firewallRuleMonth: 1,
  firewallMillionRequests: 0.6,
  trafficOutGib: 0.09,
}

/** The prices of a region, or of one near it; `region` of the answer says which. */
export function pricesOf(region: string): Prices {
  return region.startsWith('us-') || region.startsWith('ca-') ? VIRGINIA : FRANKFURT
}

function sizes(family: string, large: number): Record<string, number> {
  const factors = { large: 1, xlarge: 2, '2xlarge': 4, '4xlarge': 8, '8xlarge': 16 }
  const entries = Object.entries(factors).map(
    ([size, factor]) => [`${family}.${size}`, large * factor] as const,
  )
  return Object.fromEntries(entries)
}
