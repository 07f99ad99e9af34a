/**
 * Tells the operator of deliveries that were taken: one log line each. No answer waits for its line: those of a moment are written
 * together behind the answers, since to write one took a twentieth of a lone delivery's time.
 */
import type { Log } from '../platform/log.ts'
import { decisionOf } from './decision.ts'
import type { Result } from './intake.ts'
import { decisionFields } from './report.ts'
import type { Trail } from './trail.ts'

/** A delivery that was not refused. */
export interface Taken {
  readonly requestId: string
  readonly result: Result
  readonly trail: Trail
  readonly startedMs: number
  readonly endedMs: number
}

/** How long a line waits for its neighbours. */
const TELL_AFTER_MS = 50

/** Past it whoever comes tells of all: the request that was going to is gone. */
const LOST_AFTER_MS = 1_000

/** So many are told of at once, whoever is at hand: what one request may log is 256 KB on the platform. */
const UNTOLD_MAX = 100

export class Teller {
  readonly #log: Log
  #untold: Taken[] = []
  #sinceMs = 0

  constructor(log: Log) {
    this.#log = log
  }

  /** @param inBackground keeps the telling alive after the answer */
  taken(one: Taken, inBackground: (work: Promise<unknown>) => void): void {
    if (this.#untold.push(one) === 1) {
      this.#sinceMs = one.endedMs
      inBackground(this.#tellSoon())
    } else if (this.#untold.length === UNTOLD_MAX || Math.abs(one.endedMs - this.#sinceMs) > LOST_AFTER_MS)
      this.#tell()
  }

  async #tellSoon(): Promise<void> {
    await scheduler.wait(TELL_AFTER_MS)
    this.#tell()
  }

  #tell(): void {
    const untold = this.#untold
    this.#untold = []
    for (const one of untold) this.#log(lineOf(one))
  }
}

function lineOf({ requestId, result, trail, startedMs, endedMs }: Taken): Parameters<Log>[0] {
  const decision = decisionOf(trail, { requestId, atMs: endedMs }, { taken: takenAs(result) })
  return {
    event: 'delivery_taken',
    request_id: requestId,
    source: trail.source,
    provider: trail.provider?.name,
    outcome: result.kind,
    bytes: trail.bytes,
    duration_ms: endedMs - startedMs,
    ...(result.kind === 'receipt' ? result.receipt : {}),
    ...decisionFields(decision),
  }
}

function takenAs(result: Result): 'queued' | 'duplicate' | 'answered' {
  if (result.kind !== 'receipt') return 'answered'
  const { accepted, duplicates, quarantined } = result.receipt
  if (duplicates > 0) return 'duplicate'
  return accepted + quarantined > 0 ? 'queued' : 'answered'
}
