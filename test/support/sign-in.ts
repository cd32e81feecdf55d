import { sendRaw } from './raw-http.ts'
import type { TestService } from './service.ts'

export type Header = readonly [name: string, value: string]

const BODY = JSON.stringify({ type: 'threads.list', params: {} })
const JSON_TYPE: Header = ['content-type', 'application/json']

/** What becomes of a request with such headers: a list of conversations, or how it is refused. */
export async function signInWith({ url }: Pick<TestService, 'url'>, ...headers: readonly Header[]) {
  return await sendRaw(url, { headers: [JSON_TYPE, ...headers], body: BODY })
}

/** The status of the same. */
export async function statusWith(service: Pick<TestService, 'url'>, ...headers: readonly Header[]) {
  return (await signInWith(service, ...headers)).status
}

export const bearer = (token: string): Header => ['authorization', `Bearer ${token}`]
