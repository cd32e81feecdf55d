import { refuse } from './refusal.ts'
import type { SignInRequest } from './pattern.ts'

/** A header as somebody may have meant it: many servers take an underscore for a hyphen. */
function isNamed(rawName: string, name: string): boolean {
  return rawName.toLowerCase().replaceAll('_', '-') === name
}

/** Whether a request has a header, in whichever spelling. */
export function shows({ rawHeaders }: SignInRequest, name: string): boolean {
  return namesOf(rawHeaders).some((rawName) => isNamed(rawName, name))
}

/**
 * The value of each header that is there.
 *
 * @throws ServiceError for one that came twice or with an underscore: between a proxy and a server
 * such headers change their meaning.
 */
export function singleHeaders<Key extends string>(
  { headers, rawHeaders }: SignInRequest,
  names: Readonly<Record<Key, string>>,
): Readonly<Partial<Record<Key, string>>> {
  const values: Partial<Record<Key, string>> = {}
  for (const key in names) {
    const name = names[key]
    const came = namesOf(rawHeaders).filter((rawName) => isNamed(rawName, name))
    const value = headers[name]
    if (came.length === 0) continue
    if (came.length > 1 || typeof value !== 'string') throw refuse('duplicate_header')
    values[key] = value
  }
  return values
}

function namesOf(rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.filter((_value, index) => index % 2 === 0)
}
