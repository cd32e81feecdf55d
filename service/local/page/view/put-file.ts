import type { UploadDescriptor } from '../wire/items.ts'
import { RefusedError } from '../chat/failure.ts'
import type { UploadWatch } from '../chat/uploads.ts'
import { ownAddress } from './own-address.ts'

/**
 * Sends a file as it is. The address is a permission by itself, so no token goes with it: storage
 * turns down a request that is signed twice.
 */
export function putFile(
  file: File,
  { url, headers }: UploadDescriptor,
  { onProgress, signal }: UploadWatch,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // Not fetch, which does not tell how far an upload has come.
  const request = new XMLHttpRequest()
  request.open('PUT', ownAddress(url))
  const type = file.type || 'application/octet-stream'
  for (const [name, value] of Object.entries({ 'content-type': type, ...lowerCased(headers) })) {
    request.setRequestHeader(name, value)
  }
  request.upload.addEventListener('progress', (event) => onProgress(event.loaded / event.total))
  request.addEventListener('load', () => {
    if (request.status < 400) resolve()
    else reject(new RefusedError(request.status, `The upload failed with ${request.status}.`))
  })
  request.addEventListener('error', () => reject(new TypeError('the upload broke off')))
  request.addEventListener('abort', () => reject(new TypeError('the upload was given up')))
  signal.addEventListener('abort', () => request.abort(), { once: true })
  request.send(file)
  return promise
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}
