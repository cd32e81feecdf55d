/** A reason why the local database cannot run, told so that the reader knows what to do next. */
export class LocalPostgresError extends Error {
  override readonly name = 'LocalPostgresError'
}

/** The code of a system error (`ENOENT`, …), or undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
