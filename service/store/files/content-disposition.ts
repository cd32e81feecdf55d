// What RFC 5987 lets stand in a value as it is; `encodeURIComponent` leaves a few more.
const NEEDS_ESCAPE = /['()*]/g

/**
 * The `content-disposition` header for a name that a user chose. Only the encoded form is given:
 * every browser reads it, and no name can end the header or begin another.
 */
export function contentDisposition(kind: 'inline' | 'attachment', name: string): string {
  const encoded = encodeURIComponent(name).replaceAll(
    NEEDS_ESCAPE,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${kind}; filename*=UTF-8''${encoded}`
}
