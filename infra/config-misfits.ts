import type { z } from 'zod'
import { connectionsOf } from './config-database.ts'
import { refuse } from './config-fields.ts'
import type { Fields } from './config-schema.ts'
import { SET_VARIABLES, UNSET_VARIABLES } from './service-variables.ts'

// Values that are well formed by themselves and wrong beside others of another group.

type Context = z.core.$RefinementCtx

const CERTIFICATE_REGION = /^arn:[a-z-]+:acm:([a-z]{2}(?:-[a-z]+){1,2}-\d):/
const REGION = /^[a-z]{2}(-[a-z]+){1,2}-\d$/
/** Room for the migration, operators and the processes of RDS. */
const CONNECTIONS_USED_MAX = 0.8
/** While a deployment runs, every task may have a successor beside it. */
const DEPLOYMENT_FACTOR = 2

export function refuseMisfits(settings: Fields, context: Context): void {
  refuseNames(settings, context)
  refuseForeignZones(settings, context)
  refuseTooManyTasks(settings, context)
  refuseKnownVariables(settings, context)
  refuseVain(settings, context)
}

function refuseNames(settings: Fields, context: Context): void {
  const { region, hostName, certificateArn, zone, origins, disposable } = settings
  if (!certificateArn && !zone) {
    const allowed = 'given, or zone, which issues a certificate: browsers need HTTPS'
    refuse(context, ['certificateArn'], { value: certificateArn, allowed })
  }
  const certificateRegion = certificateArn && CERTIFICATE_REGION.exec(certificateArn)?.[1]
  if (certificateRegion && REGION.test(region) && certificateRegion !== region) {
    const allowed = `a certificate of ${region}: a load balancer only takes those of its region`
    refuse(context, ['certificateArn'], { value: certificateArn, allowed })
  }
  if (zone && hostName !== zone.name && !hostName.endsWith(`.${zone.name}`)) {
    refuse(context, ['hostName'], { value: hostName, allowed: `a name in the zone ${zone.name}` })
  }
  for (const [index, origin] of origins.entries()) {
    if (disposable || !origin.startsWith('http://')) continue
    const allowed = 'https, as this environment is not disposable'
    refuse(context, ['origins', index], { value: origin, allowed })
  }
}

function refuseForeignZones({ region, network }: Fields, context: Context): void {
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

/** What has a setting of its own is set by that alone. */
function refuseKnownVariables({ service }: Fields, context: Context): void {
  for (const name of Object.keys(service.variables)) {
    const reason = SET_VARIABLES[name] ?? UNSET_VARIABLES[name]
    if (reason === undefined) continue
    refuse(context, ['service', 'variables', name], { value: name, allowed: `absent: ${reason}` })
  }
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
