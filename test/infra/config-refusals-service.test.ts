import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultsOf, prodWith } from './configured.ts'

// Settings of the service itself: one sentence each, with the path, what was wrong, what is
// allowed.
const refusals: { change: Record<string, unknown>; fault: string }[] = [
  {
    change: { service: { variables: { STREAM_SECONDS_MAX: '60' } } },
    fault:
      'service.variables.STREAM_SECONDS_MAX: is "STREAM_SECONDS_MAX", must be absent: set by streaming',
  },
  {
    change: { service: { variables: { OPENAI_API_KEY: 'sk-proj-0123456789' } } },
    fault:
      'service.variables.OPENAI_API_KEY: is "a secret, as it looks", must be kept in Secrets Manager, and its name in service.secrets: whoever may describe a task reads its variables',
  },
  {
    change: { service: { variables: { CRM_PASSWORD: 'correct-horse' } } },
    fault:
      'service.variables.CRM_PASSWORD: is "a secret, as it looks", must be kept in Secrets Manager, and its name in service.secrets: whoever may describe a task reads its variables',
  },
  {
    change: { service: { variables: { ALOW_CANCEL: 'false' } } },
    fault:
      'service.variables.ALOW_CANCEL: is "ALOW_CANCEL", must be absent, or less like ALLOW_CANCEL: set by service.allowCancel',
  },
  {
    change: { service: { secrets: { CRM_KEY: 'crm/prod' } } },
    fault:
      'service.secrets.CRM_KEY: is "CRM_KEY", must be the name of a variable that ends in _SECRET_ID',
  },
  {
    change: { service: { secrets: { JWT_SECRET_SECRET_ID: 'my/own' } } },
    fault:
      'service.secrets.JWT_SECRET_SECRET_ID: is "JWT_SECRET_SECRET_ID", must be absent: set by the data stack',
  },
  {
    change: { service: { variables: { RETRIES: 3 } } },
    fault: 'service.variables.RETRIES: is 3, must be text; numbers and flags go in quotation marks',
  },
  {
    change: { service: { openAiBaseUrl: 'http://10.0.0.7:8000/v1' } },
    fault:
      'service.openAiBaseUrl: is "http://10.0.0.7:8000/v1", must be an https address on port 443 without user and password, such as https://models.example.com/v1',
  },
  {
    change: { service: { allowCancel: false, detachedSeconds: 30 } },
    fault:
      'service.detachedSeconds: is 30, must be left out, as service.allowCancel is false: answers then go on to their end',
  },
  {
    change: { service: { modelSilenceSeconds: 120 }, streaming: { streamSecondsMax: 100 } },
    fault:
      'service.modelSilenceSeconds: is 120, must be less than streaming.streamSecondsMax (100), which ends every answer',
  },
  {
    change: { service: { databaseConnectionsMax: 40 } },
    fault:
      'service.tasks.max: is 10, must be at most 3 with 40 connections each and a database of t4g.medium, or take a larger database',
  },
  {
    change: { auth: { patterns: ['jwt', 'development'] } },
    fault:
      'auth.patterns.1: is "development", must be one of jwt, jwks, session, gateway, custom: development lets everybody be anybody',
  },
  {
    change: { auth: { patterns: ['jwt', 'jwt'] } },
    fault: 'auth.patterns: is ["jwt","jwt"], must be a list without repeats',
  },
  {
    change: { auth: { patterns: [] } },
    fault: 'auth.patterns: is [], must be at least one of jwt, jwks, session, gateway, custom',
  },
  {
    change: { auth: { patterns: ['session'] } },
    fault: 'auth.sessionUrl: is missing, must be given, as auth.patterns has session',
  },
  {
    change: { auth: { jwksUrl: 'https://id.example.org/jwks.json' } },
    fault:
      'auth.jwksUrl: is "https://id.example.org/jwks.json", must be left out, as auth.patterns has no jwks',
  },
  {
    change: {
      auth: { patterns: ['session'], sessionUrl: 'https://app.example.org:8443/get-session' },
    },
    fault:
      'auth.sessionUrl: is "https://app.example.org:8443/get-session", must be an https address on port 443 without user and password, such as https://app.example.com/api/auth/get-session',
  },
  {
    change: { auth: { patterns: ['gateway'], claims: { org: 'tenant' } } },
    fault:
      'auth.claims: is {"org":"tenant"}, must be left out, as auth.patterns has no jwt, jwks, session',
  },
  {
    change: { auth: { claims: { organisation: 'tenant' } } },
    fault:
      'auth.claims.organisation: is not a setting, must be one of user, org, plan, locale, role, admin, further',
  },
  {
    change: { secrets: { gatewayRotationDays: 30 } },
    fault: 'secrets.gatewayRotationDays: is 30, must be left out, as auth.patterns has no gateway',
  },
  {
    change: { secrets: { jwtRotationDays: 7, overlapSeconds: 604_800 } },
    fault:
      'secrets.jwtRotationDays: is 7, must be at least 8: secrets.overlapSeconds would last beyond the next rotation',
  },
  {
    change: { quotas: { pro: { user: { liveRuns: 5 } } } },
    fault:
      'quotas.default: is missing, must be given: the limits of every plan without a row, and for what a row leaves out',
  },
  {
    change: { quotas: { default: { user: { liveRuns: 50 }, org: { liveRuns: 20 } } } },
    fault:
      'quotas.default.user.liveRuns: is 50, must be at most 20, which is all that org.liveRuns gives the whole organisation',
  },
  {
    change: { quotas: { default: { user: { tokensPerDay: '1000' } } } },
    fault:
      'quotas.default.user.tokensPerDay: is "1000", must be a whole number from 0 to 9007199254740991, or null for no limit',
  },
  {
    change: { retention: { days: 0 } },
    fault: 'retention.days: is 0, must be a whole number from 1 to 36500',
  },
  {
    change: { retention: { organisations: { acme: '30' } } },
    fault: 'retention.organisations.acme: is "30", must be a whole number from 1 to 36500',
  },
  {
    change: { attachments: { types: ['PDF'] } },
    fault:
      'attachments.types.0: is "PDF", must be a media type in lower case, such as application/pdf or image/*',
  },
  {
    change: { attachments: { enabled: false, mebibytesMax: 5 } },
    fault: 'attachments.mebibytesMax: is 5, must be left out, as attachments.enabled is false',
  },
  {
    change: { secrets: { jwtRotationDays: 1 } },
    fault: 'secrets.jwtRotationDays: is 1, must be a whole number from 7 to 365',
  },
]

for (const { change, fault } of refusals) {
  test(`refused in one sentence: ${JSON.stringify(change)}`, () => {
    assert.deepEqual(faultsOf(prodWith(change)), [`environments.prod.${fault}`])
  })
}
