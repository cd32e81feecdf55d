import { command, say } from './command.ts'
import { begin, CannotRunError } from './verify/begin.ts'
import type { Check, Part } from './verify/check.ts'
import { countOf, headingOf, jsonOf, lineOf, progressOn, summaryOf } from './verify/report.ts'
import type { Row } from './verify/report.ts'
import { parts, runChecks } from './verify/run-checks.ts'
import { partsOf, settingsOf } from './verify/settings.ts'
import type { Site } from './verify/site.ts'

// `npm run verify -- https://chat.example.com --mint`: the production checklist, against what runs.

const HELP = `npm run verify -- [https://chat.example.com] [--token TOKEN … | --mint | --gateway] [--json]

Checks a deployment from outside, one line for each requirement: ✓ it holds, ✗ it does not and what
to do, – it does not apply or cannot be seen. Ends with 0 if nothing failed, with 1 if something did,
with 2 if it could not be tried. Without an address it looks at the service of npm start.

It sends some hundred small requests, and a few short messages that have a model write three answers,
one of them long; the conversations are deleted again at the end.

  --env NAME          the environment in infra/config.ts: its address, origins and heartbeats
  --token TOKEN       a token of a user; give it twice, for two users, to try what is foreign to one
  --token-header NAME the header that tokens are shown in, such as x-session-token, if not
                      authorization: Bearer
                      Of AUTH: for jwks two tokens of the identity provider; for session two session
                      tokens with --token-header x-session-token, or two cookies (NAME=VALUE) with
                      --token-header cookie and --origin; for jwt --mint, which shows the most
  --gateway           asks as the gateway of AUTH=gateway, for users of its own: with GATEWAY_SECRET of
                      the environment
  --mint              makes tokens of its own, with JWT_SECRET (and JWT_ISSUER, JWT_AUDIENCE) of the
                      environment, or with the secret of npm start if the address is local
  --origin ORIGIN     a page that may use the deployment, again for each; else those of infra/config.ts
  --only PART         looks only at ${parts.map(({ name }) => name).join(', ')}
  --idle SECONDS      how long a silent stream is held; give the balancer's idle time-out and a little
                      more; else long enough to see one heartbeat
  --heartbeat SECONDS the longest silence between two heartbeats, else that of infra/config.ts or 15
  --prompt TEXT       asks for an answer that takes longer than --idle
  --ca FILE           trusts these certificates (PEM), for a deployment with a private one
  --http-port PORT    where plain HTTP is redirected, if not on port 80
  --json              prints the result as JSON`

const spec = {
  help: HELP,
  options: {
    env: { type: 'string' },
    token: { type: 'string', multiple: true },
    'token-header': { type: 'string' },
    mint: { type: 'boolean', default: false },
    gateway: { type: 'boolean', default: false },
    origin: { type: 'string', multiple: true },
    only: { type: 'string', multiple: true },
    idle: { type: 'string' },
    heartbeat: { type: 'string' },
    prompt: { type: 'string' },
    ca: { type: 'string' },
    'http-port': { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  words: 1,
} as const

const CANNOT_RUN_EXIT_CODE = 2

await command(spec, async (values, [url]) => {
  const chosen = partsOf(values.only ?? [])
  const options = await settingsOf({ ...values, url })
  try {
    const { site, distrust } = await begin(options)
    return await report(site, chosen, { isJson: values.json, distrust })
  } catch (error) {
    if (!(error instanceof CannotRunError)) throw error
    process.stderr.write(`${error.message}\n`)
    return CANNOT_RUN_EXIT_CODE
  } finally {
    options.wire.close()
  }
})

interface Manner {
  readonly isJson: boolean
  readonly distrust: string | undefined
}

async function report(
  site: Site,
  chosen: readonly Part[],
  { isJson, distrust }: Manner,
): Promise<number> {
  const rows: Row[] = []
  const total = chosen.reduce((sum, { checks }) => sum + checks.length, 0)
  const show = progressOn(process.stderr, total)
  const { origin } = site.wire.base
  if (!isJson) say(`${origin}, with ${site.options.mint ? 'minted' : 'given'} credentials`)
  for (const part of chosen) {
    if (!isJson) say(headingOf(part))
    const onCheck = ({ title }: Check) => show(title, rows.length)
    for await (const row of runChecks(site, [part], { distrust, onCheck })) {
      show('', rows.length)
      rows.push(row)
      if (!isJson) say(lineOf(row))
    }
  }
  show('cleaning up', total)
  const left = distrust === undefined ? await site.cleanUp() : 0
  show('', total)
  if (left > 0) process.stderr.write(`${left} conversations could not be deleted.\n`)
  say(isJson ? jsonOf(origin, rows) : summaryOf(rows))
  return countOf(rows).failed > 0 ? 1 : 0
}
