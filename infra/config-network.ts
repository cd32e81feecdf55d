import { z } from 'zod'
import { group, oneOf, refuse, text, whole } from './config-fields.ts'

const ZONES_MAX = 3

/** A list of distinct ids of one kind. */
function ids(pattern: RegExp, what: string) {
  return z
    .array(text(pattern, what), { error: `a list, each ${what}` })
    .min(2, { error: `at least two, each ${what}` })
    .max(ZONES_MAX, { error: `at most ${ZONES_MAX}` })
    .refine((list) => new Set(list).size === list.length, { error: 'a list without repeats' })
}

const subnets = () => ids(/^subnet-[0-9a-f]{8,17}$/, 'the id of a subnet, such as subnet-0a1b2c3d')

const ExistingNetwork = group({
  vpcId: text(/^vpc-[0-9a-f]{8,17}$/, 'the id of a VPC, such as vpc-0a1b2c3d'),
  zones: ids(/^[a-z]{2}(-[a-z]+){1,2}-\d[a-z]$/, 'a zone, such as eu-central-1a'),
  publicSubnetIds: subnets(),
  privateSubnetIds: subnets(),
  isolatedSubnetIds: subnets(),
}).superRefine(({ zones, publicSubnetIds, privateSubnetIds, isolatedSubnetIds }, context) => {
  const lists = { publicSubnetIds, privateSubnetIds, isolatedSubnetIds }
  const seen = new Set<string>()
  for (const [name, list] of Object.entries(lists)) {
    // A load balancer takes one subnet of each zone, and one is enough for the others as well.
    if (list.length !== zones.length) {
      const allowed = `as many as zones (${zones.length}), one of each, in their order`
      refuse(context, [name], { value: list.length, allowed, final: true })
    }
    for (const [index, id] of list.entries()) {
      if (!seen.has(id)) continue
      const allowed = 'in one list alone: public, private and isolated are three kinds of subnets'
      refuse(context, [name, index], { value: id, allowed, final: true })
    }
    for (const id of list) seen.add(id)
  }
})

/** A VPC of our own, or one that exists already, described rather than looked up. */
export const NetworkSettings = group({
  existing: ExistingNetwork.optional(),
  cidr: z
    .cidrv4({ error: 'an IPv4 range such as 10.0.0.0/16' })
    .regex(/\/(1[6-9]|2[0-2])$/, { error: 'a range from /16 to /22' })
    .refine((range) => isPrivate(range), {
      error: 'within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16: others are the internet',
    })
    .refine((range) => startsWhole(range), {
      error: 'the first address of the range, such as 10.0.0.0/16',
    })
    .optional(),
  zones: whole(2, ZONES_MAX).optional(),
  nat: oneOf(['per-zone', 'one', 'regional', 'none']).optional(),
})
  .superRefine(({ existing, ...created }, context) => {
    if (!existing) return
    for (const [name, value] of Object.entries(created)) {
      if (value === undefined) continue
      const allowed = 'left out: network.existing brings its own'
      refuse(context, [name], { value, allowed, final: true })
    }
  })
  .transform(({ existing, cidr = '10.0.0.0/16', zones = 2, nat = 'per-zone' }) => ({
    existing,
    cidr,
    zones: existing?.zones.length ?? zones,
    nat,
  }))

const BITS = 32

function isPrivate(range: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(range)
}

/** Otherwise EC2 would make another range of it, without a word. */
function startsWhole(range: string): boolean {
  const [address = '', length = ''] = range.split('/')
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return value % 2 ** (BITS - Number(length)) === 0
}
