import { z } from 'zod'
import { AuthSettings } from './config-auth.ts'
import { DatabaseSettings } from './config-database.ts'
import { flag, group, isRegion, namedTexts, refuse, text } from './config-fields.ts'
import {
  AlarmSettings,
  FirewallSettings,
  SecretSettings,
  ServiceSettings,
  StreamingSettings,
} from './config-groups.ts'
import { AttachmentSettings, QuotaSettings, RetentionSettings } from './config-limits.ts'
import { refuseMisfits } from './config-misfits.ts'
import { NetworkSettings } from './config-network.ts'

const ORIGINS_MAX = 50
const TAGS_MAX = 30
const OWN_TAGS = ['application', 'environment', 'installation']
const HOST_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/
const ORIGIN_HOST =
  /^https:\/\/([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}(:\d+)?$|^http:\/\/localhost(:\d+)?$/
const CERTIFICATE = /^arn:aws[a-z-]*:acm:([a-z0-9-]+):\d{12}:certificate\/[0-9a-f-]{36}$/

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
})
  .refine((tags) => Object.keys(tags).length <= TAGS_MAX, { error: `at most ${TAGS_MAX} tags` })
  .superRefine((tags, context) => {
    // IAM takes two names that differ in case alone for one, and refuses it.
    const seen = new Set(OWN_TAGS)
    for (const name of Object.keys(tags)) {
      const key = name.toLowerCase()
      const allowed = `named otherwise: ${OWN_TAGS.join(', ')} are set already, and case makes no difference`
      if (seen.has(key)) refuse(context, [name], { value: name, allowed })
      seen.add(key)
    }
  })

/** As browsers write it: they leave out the port that goes without saying. */
function origin() {
  const error = 'https://host with nothing behind it, or http://localhost:5173'
  return z
    .string({ error })
    .refine((value) => ORIGIN_HOST.test(value) && URL.parse(value)?.origin === value, { error })
}

const Fields = group({
  account: text(/^\d{12}$/, 'the 12 digits of an AWS account, as text').optional(),
  region: z
    .string({ error: 'an AWS region such as eu-central-1' })
    .refine((name) => isRegion(name), { error: 'an AWS region such as eu-central-1' }),
  hostName: text(HOST_NAME, 'a host name in lower case, such as chat.example.com'),
  certificateArn: text(CERTIFICATE, 'the ARN of an ACM certificate').optional(),
  zone: group({
    id: text(/^[A-Z0-9]{10,32}$/, 'the id of a Route 53 hosted zone, such as Z0123456789EXAMPLE'),
    name: text(HOST_NAME, 'the name of the hosted zone in lower case, such as example.com'),
  }).optional(),
  origins: z
    .array(origin(), {
      error: 'a list of the pages that embed ChatKit, such as https://app.example.com',
    })
    .refine((list) => new Set(list).size === list.length, { error: 'a list without repeats' })
    .min(1, { error: 'at least one origin, such as https://app.example.com' })
    .max(ORIGINS_MAX, { error: `at most ${ORIGINS_MAX} origins` }),
  disposable: flag().default(false),
  tags: Tags,
  network: NetworkSettings.prefault({}),
  service: ServiceSettings.prefault({}),
  auth: AuthSettings.prefault({}),
  quotas: QuotaSettings.optional(),
  retention: RetentionSettings.prefault({}),
  attachments: AttachmentSettings.prefault({}),
  database: DatabaseSettings.prefault({}),
  secrets: SecretSettings.prefault({}),
  firewall: FirewallSettings.prefault({}),
  alarms: AlarmSettings.prefault({}),
  streaming: StreamingSettings.prefault({}),
})
export type Fields = z.infer<typeof Fields>

const EnvironmentSettings = Fields.superRefine(refuseMisfits)

const Environments = group({
  dev: EnvironmentSettings.optional(),
  staging: EnvironmentSettings.optional(),
  prod: EnvironmentSettings.optional(),
}).superRefine(({ prod }, context) => {
  if (!prod) return
  const { disposable, database, streaming, network } = prod
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
  if (network.nat !== 'none') return
  const allowed = 'per-zone, one or regional: in prod no task has a public address'
  refuse(context, ['prod', 'network', 'nat'], { value: network.nat, allowed })
})

export const Config = group({
  name: text(
    /^(?=.{2,21}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
    '2 to 21 lower-case letters, digits and single hyphens between them',
  ),
  environments: Environments,
})
export type ConfigInput = z.input<typeof Config>
export const EnvironmentName = Environments.keyof()
export type EnvironmentName = z.infer<typeof EnvironmentName>
export type EnvironmentConfig = z.infer<typeof EnvironmentSettings>
