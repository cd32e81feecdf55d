/** An answer of another server, or of none: it has not come, is not whole, or is not as agreed. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError'
}

export interface BoundedAnswer {
  readonly status: number
  readonly text: string
}

export interface FetchBounds {
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly bytesMax: number
}

/**
 * Asks with GET, for a limited time and a limited answer. It follows no redirection: whoever can
 * answer with one would choose where a token goes next.
 */
export async function boundedGet(
  url: string,
  { headers, timeoutMs, bytesMax }: FetchBounds,
): Promise<BoundedAnswer> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal, cache: 'no-store' })
    return { status: response.status, text: await readBounded(response, bytesMax) }
  } catch (cause) {
    throw new AnswerError('no answer', { cause })
  }
}

async function readBounded(response: Response, bytesMax: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength
    // Leaving the loop ends the connection, too.
    if (length > bytesMax) throw new AnswerError('too long an answer')
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
