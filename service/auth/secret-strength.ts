/** RFC 7518, section 3.2: a key for HS256 has at least as many bits as its hash. */
const SECRET_BYTES_MIN = 32
const DISTINCT_BYTES_MIN = 8
const PLACEHOLDER = /change[-_ ]?me|placeholder|your[-_ ]?secret|example|password/i

/** Why a secret is too weak to sign tokens with; undefined when it is not. Never quotes it. */
export function weaknessOf(secret: string): string | undefined {
  const bytes = Buffer.from(secret, 'utf8')
  if (bytes.length < SECRET_BYTES_MIN) {
    return `has ${bytes.length} bytes; at least ${SECRET_BYTES_MIN} are needed (try: openssl rand -base64 48)`
  }
  if (new Set(bytes).size < DISTINCT_BYTES_MIN) {
    return 'repeats a few characters; use random ones (try: openssl rand -base64 48)'
  }
  if (PLACEHOLDER.test(secret)) {
    return 'looks like a placeholder; use a random one (try: openssl rand -base64 48)'
  }
  return undefined
}
