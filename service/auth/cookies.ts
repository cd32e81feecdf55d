const VALUE_LENGTH_MAX = 4_096
const COOKIES_MAX = 200
// What a cookie may hold (RFC 6265), and so nothing that could end a header it is passed on in.
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/

export interface Cookie {
  readonly name: string
  readonly value: string
}

// The white space of RFC 6265, and no other: `trim` would also take off a no-break space, by which
// browsers tell `\xa0__Secure-name`, which any neighbour may set, from `__Secure-name`.
const AROUND = /^[ \t]+|[ \t]+$/g

/**
 * The cookies that bear one of the names, as they were sent: an unusable one has an empty value.
 */
export function cookiesNamed(header: string | undefined, names: readonly string[]): Cookie[] {
  if (header === undefined) return []
  return header.split(';', COOKIES_MAX).flatMap((pair) => {
    const [name = '', ...rest] = pair.replace(AROUND, '').split('=')
    if (!names.includes(name)) return []
    const value = rest.join('=')
    return [{ name, value: value.length <= VALUE_LENGTH_MAX && VALUE.test(value) ? value : '' }]
  })
}

/**
 * The names that a cookie is known by. In production only those with a prefix, which a browser
 * takes over HTTPS alone: without one, any neighbour on the domain could plant it.
 */
export function cookieNames(name: string, isProduction: boolean): readonly string[] {
  if (/^__(Secure|Host)-/.test(name)) return [name]
  const prefixed = [`__Secure-${name}`, `__Host-${name}`]
  return isProduction ? prefixed : [...prefixed, name]
}
