import type { z } from 'zod'
import { connectionsOf } from './config-database.ts'
import { isRegion, refuse } from './config-fields.ts'
import type { Fields } from './config-schema.ts'
import { SET_VARIABLES, UNSET_VARIABLES } from './service-variables.ts'

// Values that are well formed by themselves and wrong beside others of another group.

type Context = z.core.$RefinementCtx

const CERTIFICATE = /^arn:[a-z-]+:acm:([a-z0-9-]+):(\d{12}):certificate\//
/** Regions that show most accounts two zones only. */
const TWO_ZONES = ['us-west-1']
/** Room for the migration, operators and the processes of RDS. */
const CONNECTIONS_USED_MAX = 0.8
/** While a deployment runs, every task may have a successor beside it. */
const DEPLOYMENT_FACTOR = 2
/** Letters in which a name may differ from one that was probably meant. */
const NEAR_MAX = 2

export function refuseMisfits(settings: Fields, context: Context): void {
  refuseNames(settings, context)
  refuseForeignZones(settings, context)
  refuseTooManyTasks(settings, context)
  refuseKnownVariables(settings, context)
  refuseVain(settings, context)
}

function refuseNames(settings: Fields, context: Context): void {
  const { hostName, certificateArn, zone, origins, disposable } = settings
  if (!certificateArn && !zone) {
    const allowed = 'given, or zone, which issues a certificate: browsers need HTTPS'
    refuse(context, ['certificateArn'], { value: certificateArn, allowed })
  }
  refuseForeignCertificate(settings, context)
  if (zone && hostName !== zone.name && !hostName.endsWith(`.${zone.name}`)) {
    refuse(context, ['hostName'], { value: hostName, allowed: `a name in the zone ${zone.name}` })
  }
  for (const [index, origin] of origins.entries()) {
    if (disposable || !origin.startsWith('http://')) continue
    const allowed = 'https, as this environment is not disposable'
    refuse(context, ['origins', index], { value: origin, allowed })
  }
}

function refuseForeignCertificate(settings: Fields, context: Context): void {
  const { region, account, certificateArn } = settings
  const [, itsRegion, itsAccount] = CERTIFICATE.exec(certificateArn ?? '') ?? []
  const value = certificateArn
  if (itsRegion && isRegion(region) && itsRegion !== region) {
    const allowed = `a certificate of ${region}: a load balancer only takes those of its region`
    refuse(context, ['certificateArn'], { value, allowed })
  }
  if (itsAccount && account && itsAccount !== account) {
    const allowed = `a certificate of ${account}: a load balancer only takes those of its account`
    refuse(context, ['certificateArn'], { value, allowed })
  }
}

function refuseForeignZones({ region, network }: Fields, context: Context): void {
  if (TWO_ZONES.includes(region) && network.zones > 2) {
    const allowed = `2: most accounts have two zones in ${region}`
    refuse(context, ['network', 'zones'], { value: network.zones, allowed })
  }
  for (const [index, zone] of network.existing?.zones.entries() ?? []) {
    if (zone.slice(0, -1) === region) continue
    refuse(context, ['network', 'existing', 'zones', index], {
      value: zone,
      allowed: `a zone of ${region}, the region`,
    })
  }
}

/** Each task holds connections, and a database that has run out of them serves nobody. */
function refuseTooManyTasks({ service, database }: Fields, context: Context): void {
  const connections = connectionsOf(database)
  if (connections === undefined) return
  const perTask = service.databaseConnectionsMax
  const max = Math.floor((connections * CONNECTIONS_USED_MAX) / (perTask * DEPLOYMENT_FACTOR))
  if (service.tasks.max <= max) return
  const size =
    database.engine === 'aurora' ? `capacity.max ${database.capacity.max}` : database.instanceType
  refuse(context, ['service', 'tasks', 'max'], {
    value: service.tasks.max,
    allowed: `at most ${max} with ${perTask} connections each and a database of ${size}, or take a larger database`,
  })
}

/** What has a setting of its own is set by that alone, also when its name has a letter too few. */
function refuseKnownVariables({ service }: Fields, context: Context): void {
  const known = { ...UNSET_VARIABLES, ...SET_VARIABLES }
  for (const group of ['variables', 'secrets'] as const) {
    for (const name of Object.keys(service[group])) {
      const meant = name in known ? name : Object.keys(known).find((one) => isNear(one, name))
      if (meant === undefined) continue
      const what = meant === name ? 'absent' : `absent, or less like ${meant}`
      const allowed = `${what}: ${known[meant]}`
      refuse(context, ['service', group, name], { value: name, allowed })
    }
  }
}

/** Whether one is the other with at most two letters changed, added or left out. */
function isNear(one: string, other: string): boolean {
  let above = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (const [row, letter] of Array.from(one).entries()) {
    const line = [row + 1]
    for (const [column, own] of Array.from(other).entries()) {
      const changed = (above[column] ?? 0) + (letter === own ? 0 : 1)
      line.push(Math.min(changed, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1))
    }
    above = line
  }
  return (above.at(-1) ?? Infinity) <= NEAR_MAX
}

/** Settings that could never have an effect, so that whoever wrote them expects something else. */
function refuseVain({ service, streaming, secrets, auth }: Fields, context: Context): void {
  const { modelSilenceSeconds } = service
  const { streamSecondsMax } = streaming
  if (modelSilenceSeconds !== undefined && modelSilenceSeconds >= streamSecondsMax) {
    const allowed = `less than streaming.streamSecondsMax (${streamSecondsMax}), which ends every answer`
    refuse(context, ['service', 'modelSilenceSeconds'], { value: modelSilenceSeconds, allowed })
  }
  if (secrets.gatewayRotationDays !== undefined && !auth.patterns.includes('gateway')) {
    const allowed = 'left out, as auth.patterns has no gateway'
    refuse(context, ['secrets', 'gatewayRotationDays'], {
      value: secrets.gatewayRotationDays,
      allowed,
    })
  }
}
