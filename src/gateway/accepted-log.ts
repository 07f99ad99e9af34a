/** The log lines of accepted deliveries. Lines that anybody can cause without end are limited. */
import { LineLimit } from '../platform/line-limit.ts'
import type { Log, LogFields } from '../platform/log.ts'
import { decisionOf } from './build-decision.ts'
import type { Result } from './intake.ts'
import { decisionFields } from './report.ts'
import type { Receipt } from './respond.ts'
import type { DeliveryContext } from './delivery-context.ts'

/** A delivery that was not refused: what its line says of it. */
export interface Accepted {
  readonly requestId: string
  readonly outcome: Result['kind']
  readonly receipt: Receipt | undefined
  readonly isObserved: boolean
  readonly context: DeliveryContext
  readonly startedMs: number
  readonly endedMs: number
}

export class AcceptedLog {
  readonly #log: Log
  readonly #limit: LineLimit

  constructor(log: Log, pause?: (ms: number) => Promise<void>) {
    this.#log = log
    this.#limit = new LineLimit(log, pause)
  }

  /** @param inBackground keeps the line about the lines that were not logged alive after the answer */
  add(one: Accepted, inBackground: (work: Promise<unknown>) => void): void {
    if (this.#mayWrite(one, inBackground)) this.#log(lineOf(one))
  }

  /** Anybody can send a validation request; whoever has captured a handshake or a delivery can send copies of it. */
  #mayWrite(one: Accepted, inBackground: (work: Promise<unknown>) => void): boolean {
    const { outcome, receipt, context, endedMs } = one
    if (receipt === undefined) return this.#limit.allows({ kind: outcome }, endedMs, inBackground)
    if (processingOf(one) !== 'duplicate') return true
    return this.#limit.allows({ kind: 'duplicate', source: context.source }, endedMs, inBackground)
  }
}

function lineOf(one: Accepted): LogFields {
  const { requestId, outcome, receipt, context, startedMs, endedMs } = one
  const decision = decisionOf(context, { requestId, atMs: endedMs }, { processed: processingOf(one) })
  return {
    event: 'delivery_accepted',
    request_id: requestId,
    source: context.source,
    provider: context.provider?.name,
    outcome,
    accepted: receipt?.accepted,
    duplicates: receipt?.duplicates || undefined,
    quarantined: receipt?.quarantined || undefined,
    dropped: receipt?.dropped || undefined,
    bytes: context.bytes,
    duration_ms: endedMs - startedMs,
    ...decisionFields(decision),
  }
}

/** A handshake and a validation request have no receipt. */
function processingOf({
  receipt,
  isObserved,
}: Pick<Accepted, 'receipt' | 'isObserved'>): 'queued' | 'observed' | 'duplicate' | 'answered' {
  if (receipt === undefined) return 'answered'
  const { accepted, duplicates, quarantined } = receipt
  if (duplicates > 0) return 'duplicate'
  if (accepted + quarantined === 0) return 'answered'
  return isObserved ? 'observed' : 'queued'
}
