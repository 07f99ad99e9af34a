/**
 * Claims and quota as one isolate knows them. It answers most copies of a flood itself, so that a guard gets a fixed number of calls
 * a second. It also decides if no guard answers and the source admits deliveries nevertheless.
 */
import { BoundedMap } from '../../platform/bounded-map.ts'
import { SecondBudget } from '../../platform/second-budget.ts'
import type { Claim } from './claim.ts'
import { type Place, RateWindow } from './window.ts'

/** Copies of a source for which the guard is called, a second. An ESP's own retries are fewer, so they always meet the newest source. */
const ASKED_PER_SECOND = 5

/** Not longer than the shortest replay memory: two windows of 30 s. */
const REMEMBERED_MS = 60_000

/** Some 150 bytes each. */
const CLAIMS_MAX = 10_000

/** As many as an isolate caches. */
const SOURCES_MAX = 2_000

export class IsolateGuard {
  /** When the claim was last known to be kept, by fingerprint and body. */
  readonly #kept = new BoundedMap<string, number>(CLAIMS_MAX)
  readonly #asked = new SecondBudget(ASKED_PER_SECOND, SOURCES_MAX)
  readonly #windows = new BoundedMap<string, RateWindow>(SOURCES_MAX)

  /** True for a known copy if this second's calls to the guard are used up. */
  answers(claim: Claim, source: string, nowMs: number): boolean {
    return this.isCopy(claim, nowMs) && !this.#asked.take(source, nowMs)
  }

  /** The queue has the events of an equal claim. */
  isCopy(claim: Claim, nowMs: number): boolean {
    const keptAtMs = this.#kept.get(keyOf(claim))
    return keptAtMs !== undefined && Math.abs(nowMs - keptAtMs) < REMEMBERED_MS
  }

  noteKept(claim: Claim, nowMs: number): void {
    this.#kept.set(keyOf(claim), nowMs)
  }

  /** Counts a delivery that a guard has admitted, so that the quota goes on when the guard is down. */
  count(source: string, nowSeconds: number): void {
    this.#windowOf(source).take(nowSeconds, Number.POSITIVE_INFINITY)
  }

  /** Takes a place in this isolate's quota, which is the whole one: it does not know of other isolates. */
  take(source: string, limitPerMinute: number, nowSeconds: number): Place {
    return this.#windowOf(source).take(nowSeconds, limitPerMinute)
  }

  release(source: string, takenAtSeconds: number): void {
    this.#windows.get(source)?.release(takenAtSeconds)
  }

  #windowOf(source: string): RateWindow {
    const known = this.#windows.get(source)
    if (known !== undefined) return known
    const window = new RateWindow()
    this.#windows.set(source, window)
    return window
  }
}

/** Both are of a fixed length, and the source's name is in the fingerprint. */
const keyOf = ({ fingerprint, body }: Claim): string => fingerprint + body
