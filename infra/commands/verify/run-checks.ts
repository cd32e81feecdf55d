import { answers } from './answers.ts'
import { bodies } from './bodies.ts'
import { failed, skipped } from './check.ts'
import type { Check, Finding, Part } from './check.ts'
import { cors } from './cors.ts'
import { elsewhere } from './elsewhere.ts'
import { health } from './health.ts'
import { https } from './https.ts'
import { ownership } from './ownership.ts'
import type { Row } from './report.ts'
import { signIn } from './sign-in.ts'
import type { Site } from './site.ts'
import { streaming } from './streaming.ts'
import { codeAndMessage } from './wire.ts'

/** In the order in which they are made: `answers` looks back at what the others were told. */
export const parts: readonly Part[] = [
  https,
  health,
  signIn,
  streaming,
  ownership,
  cors,
  bodies,
  answers,
  elsewhere,
]

// They send nothing that an impostor could use.
const WITHOUT_TOKENS: readonly Part[] = [https, elsewhere]

export interface RunOptions {
  /** Why the deployment may be somebody else: then only what needs no token is tried. */
  readonly distrust?: string | undefined
  readonly onCheck?: (check: Check) => void
}

/** Makes the checks of some parts, one after the other, and yields what came of each. */
export async function* runChecks(
  site: Site,
  chosen: readonly Part[],
  { distrust, onCheck }: RunOptions = {},
): AsyncGenerator<Row> {
  const failures = new Map<string, string>()
  for (const part of chosen) {
    const isTried = distrust === undefined || WITHOUT_TOKENS.includes(part)
    for (const check of part.checks) {
      onCheck?.(check)
      const finding = isTried
        ? await findingOf(check, site, failures)
        : skipped(`no token is sent to whom its certificate does not prove: ${distrust}`)
      if (finding.result === 'failed') failures.set(check.id, check.title)
      const { id, title, remedy } = check
      yield { ...finding, part: part.name, id, title, remedy }
    }
  }
}

async function findingOf(
  check: Check,
  site: Site,
  failures: ReadonlyMap<string, string>,
): Promise<Finding> {
  const cause = check.after?.find((id) => failures.has(id))
  if (cause !== undefined) return skipped(`cannot be judged while "${failures.get(cause)}" fails`)
  try {
    return await check.run(site)
  } catch (error) {
    return failed(codeAndMessage(error))
  }
}
