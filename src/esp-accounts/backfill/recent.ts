/**
 * Copies that a backfill leaves to the consumer: the ESP retries for hours what it could not deliver, also if the event was fetched
 * meanwhile, and of some ESPs a copy from the API has another id.
 */
import { driverOf } from '../../drivers/index.ts'
import { inTime } from '../../platform/in-time.ts'
import { DAY_MS, MINUTE_MS } from '../../platform/time.ts'
import type { EspAccountApi } from '../api.ts'

/** Time that an event may be on its way here by the webhook. A backfill leaves it out where copies have other ids. */
export const SETTLED_MS = 10 * MINUTE_MS

/** How far apart the times of a copy with another id are at most; null if copies have the same id. */
export function copiesWithinMs(provider: string): number | null {
  const copies = driverOf(provider)?.past?.copies
  return typeof copies === 'object' ? copies.withinSeconds * 1_000 : null
}

/** No ESP is known to retry for longer. */
const LATELY_MS = 2 * DAY_MS
const FRESH_MS = 10_000
const ASK_MAX_MS = 2_000

interface Deps {
  readonly accounts: { getByName(name: string): Pick<EspAccountApi, 'backfill'> }
  readonly nowMs: () => number
}

/** Which sources were backfilled lately. One for the isolate. */
export class RecentBackfills {
  readonly #deps: Deps
  readonly #known = new Map<string, { readonly atMs: number; readonly isRecent: boolean }>()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** True also if the object does not answer. It never throws. */
  async has(source: string): Promise<boolean> {
    const nowMs = this.#deps.nowMs()
    const known = this.#known.get(source)
    if (known !== undefined && Math.abs(nowMs - known.atMs) < FRESH_MS) return known.isRecent
    const isRecent = await this.#ask(source, nowMs).catch(() => true)
    this.#known.set(source, { atMs: nowMs, isRecent })
    return isRecent
  }

  async #ask(source: string, nowMs: number): Promise<boolean> {
    const last = await inTime(this.#deps.accounts.getByName(source).backfill(), ASK_MAX_MS)
    if (last === null) return false
    return last.state === 'running' || Date.parse(last.ended_at ?? last.began_at) > nowMs - LATELY_MS
  }
}
