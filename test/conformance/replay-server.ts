import { ask } from './answer.ts'
import type { GivenAnswer } from './answer.ts'
import { scriptedFiles } from './attachment-files.ts'
import { Bindings } from './bindings.ts'
import { compareAnswer } from './compare-answer.ts'
import { compareStored } from './compare-stored.ts'
import type { Databases } from './databases.ts'
import { ghostsAfter } from './ghosts.ts'
import { InnerWords, raisedIn } from './inner-words.ts'
import { TraceFault, fillRequest } from './placeholders.ts'
import { readStored, untilIdle } from './rows.ts'
import { scriptedApplication } from './scripted-application.ts'
import { openService } from './service.ts'
import { Told } from './told.ts'
import type { ServerStep, ServerTrace } from './trace-format.ts'

/**
 * Replays one scenario of requests against a scripted application, on an empty store. Returns what
 * differs, up to the first step that does.
 */
export async function replayServer(
  trace: ServerTrace,
  databases: Databases,
): Promise<readonly string[]> {
  const told = new Told()
  const files = trace.app.attachments && scriptedFiles(trace.app.attachments, told)
  await using service = await openService({
    databases,
    environment: { ALLOW_CANCEL: String(trace.app.allow_cancel ?? true) },
    replacements: {
      application: scriptedApplication(trace, told),
      ...(files ? { attachmentFiles: files } : {}),
    },
  })
  const bindings = new Bindings()
  const stored = () => readStored(service.databaseUrl, files)
  const innerWords = innerWordsOf(trace)
  for (const [index, step] of trace.steps.entries()) {
    const found = await replayStep(step, { bindings, told, service, innerWords })
    // What comes next needs the whole of this answer: also of one that went on without a reader.
    if (step.cancel_after !== undefined) await untilIdle(service.databaseUrl)
    if (found.differences.length === 0 && step.hardened?.kind === 'unspecified') {
      found.differences.push(...ghostsAfter(found.answer?.events ?? [], await stored()))
    }
    if (found.differences.length > 0) {
      return found.differences.map((one) => `step ${index + 1}, ${step.request.type}: ${one}`)
    }
  }
  return compareStored(trace, await stored(), bindings)
}

interface StepScene {
  readonly bindings: Bindings
  readonly told: Told
  readonly service: { readonly url: string; readonly token: string }
  readonly innerWords: InnerWords
}

interface StepResult {
  readonly answer?: GivenAnswer
  readonly differences: string[]
}

async function replayStep(step: ServerStep, scene: StepScene): Promise<StepResult> {
  const { bindings, told, service, innerWords } = scene
  let request: ServerStep['request']
  try {
    request = fillRequest(step.request, bindings)
    told.begin(request)
  } catch (error) {
    if (!(error instanceof TraceFault)) throw error
    return { differences: [error.message] }
  }
  const { url, token } = service
  const answer = await ask(JSON.stringify(request), { url, token, cancelAfter: step.cancel_after })
  const found = [
    ...compareAnswer(step.hardened ?? step.expect, answer, { bindings }),
    ...innerWords.leaksIn(answer.text),
  ]
  // What the application is told need not be the same where the answer is another.
  if (found.length === 0 && !step.hardened)
    found.push(...(await told.compare(step.calls, bindings)))
  return { answer, differences: [...found, ...told.faults] }
}

function innerWordsOf(trace: ServerTrace): InnerWords {
  const { steps, respond, action } = trace
  const answers = steps.flatMap(({ expect, hardened }) => [expect, hardened])
  const raised = answers.flatMap((one) =>
    one && 'reference_raised' in one && one.reference_raised ? [one.reference_raised] : [],
  )
  const shown = [steps.map(({ request }) => request), answers.map(withoutName)]
  return new InnerWords([...raised, ...raisedIn(respond), ...raisedIn(action)], shown)
}

function withoutName(answer: object | undefined): unknown {
  return { ...answer, reference_raised: undefined }
}
