import { z } from 'zod'
import { connectionsOf, DatabaseSettings } from './config-database.ts'
import { flag, group, namedTexts, refuse, text } from './config-fields.ts'
import {
  AlarmSettings,
  FirewallSettings,
  SecretSettings,
  ServiceSettings,
  StreamingSettings,
} from './config-groups.ts'
import { NetworkSettings } from './config-network.ts'

const ORIGINS_MAX = 50
const TAGS_MAX = 30
const REGION = /^[a-z]{2}(-[a-z]+){1,2}-\d$/
const HOST_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/
const ORIGIN = /^(https:\/\/([a-z0-9-]+\.)+[a-z]{2,63}|http:\/\/localhost)(:\d{1,5})?$/
const CERTIFICATE = /^arn:aws[a-z-]*:acm:([a-z0-9-]+):\d{12}:certificate\/[0-9a-f-]{36}$/

/** Connections that each task opens, unless `service.variables` says otherwise. */
const TASK_CONNECTIONS = 10
/** Room for the migration, operators and the processes of RDS. */
const CONNECTIONS_USED_MAX = 0.8
/** While a deployment runs, every task may have a successor beside it. */
const DEPLOYMENT_FACTOR = 2

/** Variables that the stacks set themselves, and where their values come from. */
export const TAKEN_VARIABLES: Readonly<Record<string, string>> = {
  NODE_ENV: 'always production',
  PORT: 'fixed, as the load balancer knows it',
  FRONTEND_URL: 'set by origins',
  LOG_LEVEL: 'set by service.logLevel',
  OPENAI_MODEL: 'set by service.openAiModel',
  LIVE_RUNS_MAX: 'set by service.liveRunsMax',
  METRICS_SERVICE: 'set by name and environment',
  ATTACHMENTS_BUCKET: 'set by the data stack',
  OPENAI_API_KEY_SECRET_ID: 'set by the data stack',
  JWT_SECRET_SECRET_ID: 'set by the data stack',
  DATABASE_SECRET_ID: 'set by the data stack',
  HEARTBEAT_SECONDS: 'set by streaming',
  KEEP_ALIVE_SECONDS: 'set by streaming',
  HEADERS_TIMEOUT_SECONDS: 'set by streaming',
  REQUEST_TIMEOUT_SECONDS: 'set by streaming',
  STREAM_SECONDS_MAX: 'set by streaming',
  SHUTDOWN_SECONDS: 'set by streaming',
}

const Tags = namedTexts({
  names: {
    pattern: /^(?!aws:)[\w .:/=+@-]{1,128}$/,
    allowed: 'the name of a tag, which does not begin with aws:',
  },
  values: text(
    /^[\w .:/=+@-]{0,256}$/,
    'the value of a tag: letters, digits, spaces and . : / = + @ - _',
  ),
  allowed: 'tags with their values, such as { team: "support" }',
}).refine((tags) => Object.keys(tags).length <= TAGS_MAX, { error: `at most ${TAGS_MAX} tags` })

const Fields = group({
  account: text(/^\d{12}$/, 'the 12 digits of an AWS account, as text').optional(),
  region: text(REGION, 'an AWS region such as eu-central-1'),
  hostName: text(HOST_NAME, 'a host name in lower case, such as chat.example.com'),
  certificateArn: text(CERTIFICATE, 'the ARN of an ACM certificate').optional(),
  zone: group({
    id: text(/^[A-Z0-9]{10,32}$/, 'the id of a Route 53 hosted zone, such as Z0123456789EXAMPLE'),
    name: text(HOST_NAME, 'the name of the hosted zone in lower case, such as example.com'),
  }).optional(),
  origins: z
    .array(text(ORIGIN, 'https://host with nothing behind it, or http://localhost:5173'), {
      error: 'a list of the pages that embed ChatKit, such as https://app.example.com',
    })
    .min(1, { error: 'at least one origin, such as https://app.example.com' })
    .max(ORIGINS_MAX, { error: `at most ${ORIGINS_MAX} origins` }),
  disposable: flag().default(false),
  tags: Tags,
  network: NetworkSettings.prefault({}),
  service: ServiceSettings.prefault({}),
  database: DatabaseSettings.prefault({}),
  secrets: SecretSettings.prefault({}),
  firewall: FirewallSettings.prefault({}),
  alarms: AlarmSettings.prefault({}),
  streaming: StreamingSettings.prefault({}),
})
type Fields = z.infer<typeof Fields>

const EnvironmentSettings = Fields.superRefine((settings, context) => {
  refuseMisfits(settings, context)
  refuseForeignZones(settings, context)
  refuseTooManyTasks(settings, context)
  for (const name of Object.keys(settings.service.variables)) {
    const reason = TAKEN_VARIABLES[name]
    if (reason === undefined) continue
    refuse(context, ['service', 'variables', name], { value: name, allowed: `absent: ${reason}` })
  }
})

const Environments = group({
  dev: EnvironmentSettings.optional(),
  staging: EnvironmentSettings.optional(),
  prod: EnvironmentSettings.optional(),
}).superRefine(({ prod }, context) => {
  if (!prod) return
  const { disposable, database, streaming } = prod
  const rules = [
    { path: ['disposable'], value: disposable, safe: false, why: 'prod keeps its data' },
    { path: ['database', 'multiAz'], value: database.multiAz, safe: true, why: 'zones fail' },
    {
      path: ['streaming', 'drainCutsStreams'],
      value: streaming.drainCutsStreams,
      safe: false,
      why: 'a deployment must not cut answers in prod',
    },
  ]
  for (const { path, value, safe, why } of rules) {
    if (value !== safe) refuse(context, ['prod', ...path], { value, allowed: `${safe}: ${why}` })
  }
})

export const Config = group({
  name: text(/^[a-z][a-z0-9-]{1,20}$/, '2 to 21 lower-case letters, digits and hyphens'),
  environments: Environments,
})
export type ConfigInput = z.input<typeof Config>
export const EnvironmentName = Environments.keyof()
export type EnvironmentName = z.infer<typeof EnvironmentName>
export type EnvironmentConfig = z.infer<typeof EnvironmentSettings>

function refuseMisfits(settings: Fields, context: z.core.$RefinementCtx): void {
  const { region, hostName, certificateArn, zone, origins, disposable } = settings
  if (!certificateArn && !zone) {
    const allowed = 'given, or zone, which issues a certificate: browsers need HTTPS'
    refuse(context, ['certificateArn'], { value: certificateArn, allowed })
  }
  const certificateRegion = certificateArn && CERTIFICATE.exec(certificateArn)?.[1]
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

function refuseForeignZones({ region, network }: Fields, context: z.core.$RefinementCtx): void {
  for (const [index, zone] of network.existing?.zones.entries() ?? []) {
    if (zone.slice(0, -1) === region) continue
    refuse(context, ['network', 'existing', 'zones', index], {
      value: zone,
      allowed: `a zone of ${region}, the region`,
    })
  }
}

/** Each task holds connections, and a database that has run out of them serves nobody. */
function refuseTooManyTasks({ service, database }: Fields, context: z.core.$RefinementCtx): void {
  const connections = connectionsOf(database)
  if (connections === undefined) return
  const perTask = Number(service.variables['DATABASE_CONNECTIONS_MAX'] ?? TASK_CONNECTIONS)
  const max = Math.floor((connections * CONNECTIONS_USED_MAX) / (perTask * DEPLOYMENT_FACTOR))
  if (service.tasks.max <= max || Number.isNaN(max)) return
  const size =
    database.engine === 'aurora' ? `capacity.max ${database.capacity.max}` : database.instanceType
  refuse(context, ['service', 'tasks', 'max'], {
    value: service.tasks.max,
    allowed: `at most ${max} with ${perTask} connections each and a database of ${size}, or take a larger database`,
  })
}
