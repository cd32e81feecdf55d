import { RunAcceptance } from './accept.ts'
import { RunContinuation } from './accept-continuation.ts'
import { Allowance } from './allowance.ts'
import { Attachments } from './attachments.ts'
import type { AttachmentKeeping } from './attachments.ts'
import { ItemStore } from './items.ts'
import { Others } from './others.ts'
import { Readings } from './readings.ts'
import type { Database } from './pool.ts'
import { RequestQuotas } from './quotas.ts'
import { Retention } from './retention.ts'
import { RunLedger } from './run-ledger.ts'
import { RunRecovery } from './run-recovery.ts'
import { ThreadStore } from './threads.ts'

/**
 * Everything that outlives a request. Postgres is the only state that processes share.
 *
 * What belongs to users is reached with an `Owner` alone, and someone else's rows are as absent as
 * rows that never were. Runs are written by the process that holds their lease.
 */
export interface Store {
  readonly threads: ThreadStore
  readonly items: ItemStore
  readonly readings: Readings
  readonly acceptance: RunAcceptance
  readonly continuation: RunContinuation
  readonly ledger: RunLedger
  readonly recovery: RunRecovery
  readonly attachments: Attachments
  readonly requests: RequestQuotas
  readonly allowance: Allowance
  readonly others: Others
  readonly retention: Retention
}

/**
 * `lifeline` is a connection that checkpoints have for themselves. Without `keeping`, attachments
 * are not offered.
 */
export function createStore(
  database: Database,
  lifeline: Database,
  keeping?: AttachmentKeeping,
): Store {
  const threads = new ThreadStore(database)
  const requests = new RequestQuotas(database)
  return {
    threads,
    items: new ItemStore(database),
    readings: new Readings(requests, threads),
    acceptance: new RunAcceptance(database),
    continuation: new RunContinuation(database),
    ledger: new RunLedger(database, lifeline),
    recovery: new RunRecovery(database),
    attachments: new Attachments(database, keeping),
    requests,
    allowance: new Allowance(database),
    others: new Others(database),
    retention: new Retention(database),
  }
}
