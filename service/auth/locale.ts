const LOCALE_DEFAULT = 'en'
const HEADER_LENGTH_MAX = 200

/**
 * The language tag to answer in: the claim if there is one, or else the first language that the
 * client accepts. What is not a language tag counts as absent.
 */
export function toLocale(claim: string | undefined, acceptLanguage: string | undefined): string {
  const accepted = acceptLanguage?.slice(0, HEADER_LENGTH_MAX).split(/[,;]/, 1)[0]?.trim()
  return canonical(claim) ?? canonical(accepted) ?? LOCALE_DEFAULT
}

function canonical(tag: string | undefined): string | undefined {
  if (!tag) return undefined
  try {
    return Intl.getCanonicalLocales(tag)[0]
  } catch {
    return undefined
  }
}
