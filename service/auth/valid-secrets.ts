/** A version of a secret that two sides share. */
export interface SharedSecretVersion {
  readonly stage: 'current' | 'previous' | 'pending'
  readonly value: string
  /** In milliseconds since 1970. */
  readonly createdAt: number
}

/**
 * The values that prove something now, the current one first.
 *
 * The previous one still does for `overlapMs` after the current one was made, and then no more,
 * whatever label it keeps. The pending one does already: whoever signs learns of a new secret in
 * the moment it becomes the current one, and this service a little later.
 */
export function validSecrets(
  versions: readonly SharedSecretVersion[],
  overlapMs: number,
  now = Date.now(),
): readonly string[] {
  const current = versions.find(({ stage }) => stage === 'current')
  const overlapEnds = (current?.createdAt ?? 0) + overlapMs
  const values = versions.flatMap(({ stage, value }) =>
    stage === 'previous' && now >= overlapEnds ? [] : [value],
  )
  return [...new Set(values)]
}
