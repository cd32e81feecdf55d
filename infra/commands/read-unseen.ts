import { Writable } from 'node:stream'
import { createInterface } from 'node:readline/promises'
import { CommandError } from './command.ts'

const BYTES_MAX = 64 * 1024

export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream
}

/**
 * A line that a person types or pastes without seeing it; where no person is, all of the input.
 *
 * The question goes to standard error, so the output of a command can be kept.
 */
export async function readUnseen(
  question: string,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<string> {
  if (!input.isTTY) return await readAll(input)
  output.write(question)
  // The terminal's own echo is off while readline reads, and readline's goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: nowhere, terminal: true, historySize: 0 })
  try {
    return await lines.question('')
  } catch (error) {
    throw new CommandError('Nothing was stored: interrupted.', { cause: error })
  } finally {
    lines.close()
    output.write('\n')
  }
}

async function readAll(input: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of input) {
    text += String(chunk)
    if (text.length > BYTES_MAX)
      throw new CommandError('Nothing was stored: the input is too long.')
  }
  return text
}
