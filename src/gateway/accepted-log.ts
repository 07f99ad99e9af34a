/**
 * The log lines of accepted deliveries. Lines are written together, after the answers: to write a line took 5 % of the time of a
 * lone delivery.
 */
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
  readonly context: DeliveryContext
  readonly startedMs: number
  readonly endedMs: number
}

/** How long a line waits for others. */
const WRITE_AFTER_MS = 50

/** After this the request that was to write is assumed to be gone. The next one writes. */
const LOST_AFTER_MS = 2 * WRITE_AFTER_MS

/** More than an isolate accepts in that time. The platform lets one request log 256 KB; a line has 0.5 KB. */
const UNWRITTEN_MAX = 400

export class AcceptedLog {
  readonly #log: Log
  readonly #limit: LineLimit
  #unwritten: Accepted[] = []
  #sinceMs = 0

  constructor(log: Log) {
    this.#log = log
    this.#limit = new LineLimit(log)
  }

  /** @param inBackground keeps the writing alive after the answer */
  add(one: Accepted, inBackground: (work: Promise<unknown>) => void): void {
    if (!this.#mayWrite(one, inBackground)) return
    const count = this.#unwritten.push(one)
    if (count === UNWRITTEN_MAX) return this.#write()
    if (count > 1 && Math.abs(one.endedMs - this.#sinceMs) <= LOST_AFTER_MS) return
    this.#sinceMs = one.endedMs
    inBackground(this.#writeSoon())
  }

  /** Limits lines that anybody can cause: validation requests, and captured handshakes and copies. */
  #mayWrite(one: Accepted, inBackground: (work: Promise<unknown>) => void): boolean {
    const { outcome, receipt, context, endedMs } = one
    if (receipt === undefined) return this.#limit.allows({ kind: outcome }, endedMs, inBackground)
    if (processingOf(receipt) !== 'duplicate') return true
    return this.#limit.allows({ kind: 'duplicate', source: context.source }, endedMs, inBackground)
  }

  async #writeSoon(): Promise<void> {
    await scheduler.wait(WRITE_AFTER_MS)
    this.#write()
  }

  #write(): void {
    const unwritten = this.#unwritten
    this.#unwritten = []
    for (const one of unwritten) this.#log(lineOf(one))
  }
}

function lineOf({ requestId, outcome, receipt, context, startedMs, endedMs }: Accepted): LogFields {
  const decision = decisionOf(context, { requestId, atMs: endedMs }, { processed: processingOf(receipt) })
  return {
    event: 'delivery_accepted',
    at: decision.at,
    request_id: requestId,
    source: context.source,
    provider: context.provider?.name,
    outcome,
    bytes: context.bytes,
    duration_ms: endedMs - startedMs,
    ...receipt,
    ...decisionFields(decision),
  }
}

/** A handshake and a validation request have no receipt. */
function processingOf(receipt: Receipt | undefined): 'queued' | 'duplicate' | 'answered' {
  if (receipt === undefined) return 'answered'
  const { accepted, duplicates, quarantined } = receipt
  if (duplicates > 0) return 'duplicate'
  return accepted + quarantined > 0 ? 'queued' : 'answered'
}
