import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import * as fc from 'fast-check'
import { runsOf } from '../support/random.ts'
import { Deployment, PROCESSES } from './schedule/deployment.ts'
import { checkAcknowledged, checkHistory } from './schedule/history.ts'
import { Question } from './schedule/question.ts'

const SCHEDULES = runsOf(3)
const STEPS_MAX = 20
const TEST_MS_MAX = 220_000 + SCHEDULES * 60_000

/** What is known to be so, whatever the deployment says. */
interface Model {
  questions: number
  /** Places whose process is frozen: it can neither be asked nor end in good order. */
  frozen: Set<number>
  isDatabaseAway: boolean
}

/** The deployment, and what its users have asked so far. */
interface Real {
  readonly deployment: Deployment
  readonly questions: Question[]
  /** What goes on beside the schedule: questions, and faults that end by themselves. */
  readonly going: Promise<unknown>[]
}

type Step = fc.AsyncCommand<Model, Real>

const place = fc.nat({ max: PROCESSES - 1 })
const index = fc.nat({ max: 20 })

/** A message in a new conversation, or in that of an earlier one; nobody waits for the answer. */
const asks = fc.record({ at: place, earlier: fc.option(index) }).map(({ at, earlier }): Step => ({
  toString: () => `ask(at ${at}${earlier === null ? '' : `, after ${earlier}`})`,
  check: () => true,
  run: (model, { deployment, questions, going }) => {
    const after = earlier === null ? undefined : questions[earlier % questions.length]
    const text = `Question ${(model.questions += 1)}`
    const question = new Question({ text, place: at, ...(after ? { after } : {}) })
    questions.push(question)
    going.push(question.ask(deployment))
    return Promise.resolve()
  },
}))

const leaves = index.map((which): Step => ({
  toString: () => `leave(${which})`,
  check: (model) => model.questions > 0,
  run: (_model, { questions }) => {
    questions[which % questions.length]?.leave()
    return Promise.resolve()
  },
}))

const kills = place.map((at): Step => ({
  toString: () => `kill(${at})`,
  check: (model) => !model.isDatabaseAway,
  run: async (model, { deployment }) => {
    model.frozen.delete(at)
    await deployment.kill(at)
  },
}))

const rolls = place.map((at): Step => ({
  toString: () => `roll(${at})`,
  check: (model) => !model.isDatabaseAway && !model.frozen.has(at),
  run: async (_model, { deployment }) => {
    await deployment.roll(at)
  },
}))

/** Shorter and longer than a lease. */
const freezes = fc
  .record({ at: place, ms: fc.integer({ min: 500, max: 9_000 }) })
  .map(({ at, ms }): Step => ({
    toString: () => `freeze(${at}, ${ms} ms)`,
    check: (model) => !model.frozen.has(at),
    run: (model, { deployment, going }) => {
      model.frozen.add(at)
      going.push(deployment.freeze(at, ms).then(() => model.frozen.delete(at)))
      return Promise.resolve()
    },
  }))

const outages = fc
  .record({ how: fc.constantFrom('cut' as const, 'freeze' as const), ms: fc.nat({ max: 4_000 }) })
  .map(({ how, ms }): Step => ({
    toString: () => `database(${how}, ${ms} ms)`,
    check: (model) => !model.isDatabaseAway,
    run: (model, { deployment, going }) => {
      model.isDatabaseAway = true
      const outage = deployment.withoutDatabase(how, ms)
      going.push(outage.then(() => (model.isDatabaseAway = false)))
      return Promise.resolve()
    },
  }))

const waits = fc.integer({ min: 50, max: 2_000 }).map((ms): Step => ({
  toString: () => `wait(${ms} ms)`,
  check: () => true,
  run: () => sleep(ms),
}))

const looks = place.map((at): Step => ({
  toString: () => `look(${at})`,
  check: (model) => !model.isDatabaseAway && !model.frozen.has(at),
  run: async (_model, { deployment, questions }) => {
    const acknowledged = questions.filter(({ isAcknowledged }) => isAcknowledged)
    await checkAcknowledged(deployment.client(at), acknowledged)
  },
}))

const schedules = fc.commands(
  [asks, asks, asks, leaves, kills, rolls, freezes, outages, waits, waits, looks],
  { maxCommands: STEPS_MAX, size: 'max' },
)

test(
  'whatever fails in whatever order, nothing is lost, doubled or left over',
  {
    timeout: TEST_MS_MAX,
  },
  async (t) => {
    const property = fc.asyncProperty(schedules, async (steps) => {
      await using deployment = await Deployment.start(t)
      const real: Real = { deployment, questions: [], going: [] }
      const model: Model = { questions: 0, frozen: new Set(), isDatabaseAway: false }
      await fc.asyncModelRun(() => ({ model, real }), steps)
      await Promise.all(real.going)
      await checkHistory(deployment, real.questions)
    })
    // A schedule takes seconds, and a part of one is another one: the whole is what is to be looked at.
    await fc.assert(property, { numRuns: SCHEDULES, endOnFailure: true })
  },
)
