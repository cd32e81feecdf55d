const NO_CREDENTIALS = [
  'There are no AWS credentials. Sign in first (`aws sso login`, or `aws configure`), and name the',
  'profile in AWS_PROFILE if it is not the default one.',
].join('\n')

// What AWS and the SDK call the mistakes that a person can do something about.
const SENTENCES: Readonly<Record<string, string>> = {
  CredentialsProviderError: NO_CREDENTIALS,
  TokenProviderError: NO_CREDENTIALS,
  ExpiredTokenException: 'The AWS credentials have expired: sign in again.',
  ExpiredToken: 'The AWS credentials have expired: sign in again.',
  UnrecognizedClientException: 'AWS does not know these credentials: sign in again.',
  InvalidClientTokenId: 'AWS does not know these credentials: sign in again.',
  InvalidAccessKeyId: 'AWS does not know these credentials: sign in again.',
  InvalidSignatureException: 'AWS refuses the signature: the secret access key is wrong.',
  SignatureDoesNotMatch: 'AWS refuses the signature: the secret access key is wrong.',
  TimeoutError: 'AWS did not answer in time: is there a network, and does it need a proxy?',
}

const DENIED = new Set(['AccessDenied', 'AccessDeniedException'])
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNRESET', 'ETIMEDOUT'])

/** What an error of AWS, or of the way to it, means for a person; undefined for all others. */
export function sentenceOfAwsError(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const known = SENTENCES[error.name]
  if (known !== undefined) return known
  if (isDenied(error)) return `These credentials are not allowed to do that: ${error.message}`
  const code = 'code' in error ? String(error.code) : ''
  if (UNREACHABLE.has(code)) return `AWS cannot be reached (${code}): is there a network?`
  // Every other answer of a service: its own sentence says what was wrong.
  return '$fault' in error ? `AWS refused: ${error.message}` : undefined
}

export function isDenied(error: unknown): boolean {
  return error instanceof Error && DENIED.has(error.name)
}
