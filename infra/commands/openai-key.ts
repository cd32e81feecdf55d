const LENGTH_MIN = 20
const LENGTH_MAX = 1_000
const PLACEHOLDER =
  /\.\.\.|…|x{5}|X{5}|\*{3}|<|>|your[-_ ]|change[-_ ]?me|placeholder|example|dummy|1234567890/i

/** Why a text cannot be a key, to complete "Nothing was stored: …". Never quotes it. */
export function faultOfOpenAiKey(key: string, provider: 'openai' | 'any'): string | undefined {
  if (key === '') return 'no key was given'
  if (/^\w+=/.test(key)) return 'give the key alone, without a name and "=" before it'
  if (/^["'`]|["'`]$/.test(key)) return 'give the key without quotation marks'
  if (!/^[\x21-\x7e]+$/.test(key)) {
    return 'a key is one line of letters, digits and signs, without spaces'
  }
  if (PLACEHOLDER.test(key)) return 'this is a placeholder and not a key'
  if (key.length < LENGTH_MIN) {
    return `this has ${key.length} characters, and a key has at least ${LENGTH_MIN}`
  }
  if (key.length > LENGTH_MAX) return `this is longer than ${LENGTH_MAX} characters`
  if (provider === 'any') return undefined
  if (key.startsWith('sk-admin-')) {
    return 'this is an admin key, which cannot ask models: make a project key'
  }
  if (key.startsWith('sk-')) return undefined
  return 'a key of OpenAI begins with sk-; --other-provider accepts others'
}
