import { ALLOWLIST_PAGE, pagesOf } from '../domain-allowlist.ts'
import { skipped } from './check.ts'
import type { Check, Part } from './check.ts'
import type { Site } from './site.ts'

/** What no request can find out; each line says where it is proven instead. */
export const elsewhere: Part = {
  name: 'elsewhere',
  title: 'What cannot be seen from here',
  checks: [
    {
      id: 'elsewhere.allowlist',
      title: 'domain allowlist',
      remedy: '',
      run: async (site) => skipped(allowlistOf(site)),
    },
    unseen(
      'secrets',
      'secrets are in Secrets Manager alone',
      'the template is checked by npm run synth, a secret’s state by npm run secret -- status --env NAME',
    ),
    unseen(
      'logs',
      'bodies, tokens and keys are never logged',
      'see test/attacks/logging.test.ts, and search the log group for a word of your own',
    ),
    unseen(
      'tools',
      'tool inputs are checked before a downstream call',
      'a schema belongs to each tool: service/agent/README.md',
    ),
    unseen(
      'drain',
      'a task that leaves finishes its streams',
      'see test/faults/shutdown.test.ts; to watch it, hold a stream with --only streaming --idle 120 while you deploy',
    ),
    unseen(
      'limits',
      'requests, live answers and tokens a day are limited',
      'not tried here, since it would lock out the user whose token this is; see test/attacks/limits.test.ts',
    ),
    unseen(
      'database',
      'the database is reached over verified TLS',
      'see test/attacks/database-tls.test.ts',
    ),
  ],
}

function unseen(id: string, title: string, where: string): Check {
  return {
    id: `elsewhere.${id}`,
    title,
    remedy: '',
    run: async () => skipped(`cannot be seen from here: ${where}`),
  }
}

function allowlistOf({ options }: Site): string {
  if (options.origins.length === 0) {
    return 'cannot be automated: register the host of each page that embeds ChatKit (npm run domains)'
  }
  const domains = pagesOf(options.origins)
    .flatMap(({ domain }) => domain ?? [])
    // A page on the machine itself is not checked, by whatever name.
    .filter((domain) => !/^(?:127\.|\[|0\.0\.0\.0)/.test(domain))
  if (domains.length === 0) return 'nothing to register: OpenAI does not check local pages'
  return `cannot be automated: register ${domains.join(', ')} at ${ALLOWLIST_PAGE}`
}
