/**
 * Wakes the readers after a commit, so that they read new events at once. A hint may be lost: each reader also wakes by its alarm.
 *
 * Many batches may commit while a reader is being woken. All of them share the next wake, since it comes after their commits.
 */
import { inTime } from '../platform/in-time.ts'
import { type Log, faultName } from '../platform/log.ts'
import { SingleFlight } from '../platform/single-flight.ts'
import type { DestinationIndex } from '../registry/destinations/destination.ts'

export interface HintDeps {
  readonly registry: { destinationIndex(knownVersion: number): Promise<DestinationIndex> }
  /** Resolves when the reader knows; it does not wait for the reader's run. */
  readonly wake: (name: string) => Promise<void>
  readonly nowMs: () => number
  readonly log: Log
}

/** How long the names are used before the registry is asked for newer ones. */
const FRESH_MS = 5_000

/** After the registry has failed. Until then, the names read last are used. */
const FAILED_MS = 2_000

/** How long a call is waited for. The platform ends a batch only after these calls, so they must not hold it up. */
export const CALL_MAX_MS = 2_000

/** A wake that has not ended by then was lost with the invocation that made it, or with the one that was to follow. */
const LOST_AFTER_MS = 3 * CALL_MAX_MS

/** A wake in flight. */
interface Flight {
  readonly sinceMs: number
  readonly ended: Promise<void>
  /** Whether another hint waits to follow it. */
  isFollowed: boolean
}

/** The hints of one isolate. */
export class Hints {
  readonly #deps: HintDeps
  readonly #asks = new SingleFlight<void>(CALL_MAX_MS)
  readonly #flights = new Map<string, Flight>()
  #index: { readonly version: number; readonly names: readonly string[] } = { version: -1, names: [] }
  #askedAtMs = -Infinity
  #freshForMs = 0

  constructor(deps: HintDeps) {
    this.#deps = deps
  }

  /** Wakes every destination. It never throws, and takes a few seconds at most. */
  async wakeAll(): Promise<void> {
    const names = await this.#names()
    const faults = await Promise.all(names.map((name) => this.#wake(name)))
    const failed = faults.filter((fault) => fault !== undefined)
    if (failed.length > 0)
      this.#deps.log({ event: 'readers_not_woken', count: failed.length, fault: failed[0] ?? '' })
  }

  async #names(): Promise<readonly string[]> {
    if (Math.abs(this.#deps.nowMs() - this.#askedAtMs) >= this.#freshForMs)
      await this.#asks.run('index', () => this.#ask(), undefined)
    return this.#index.names
  }

  async #ask(): Promise<void> {
    const { registry, nowMs, log } = this.#deps
    try {
      const { version, names } = await inTime(registry.destinationIndex(this.#index.version), CALL_MAX_MS)
      if (names !== null) this.#index = { version, names }
      this.#freshForMs = FRESH_MS
    } catch (cause) {
      log({ event: 'readers_not_known', fault: faultName(cause) })
      this.#freshForMs = FAILED_MS
    }
    this.#askedAtMs = nowMs()
  }

  /** While a wake is in flight, one more waits, and all others are left to that one. @returns the name of the fault */
  async #wake(name: string): Promise<string | undefined> {
    const flight = this.#flights.get(name)
    if (flight !== undefined && Math.abs(this.#deps.nowMs() - flight.sinceMs) < LOST_AFTER_MS) {
      if (flight.isFollowed) return undefined
      flight.isFollowed = true
      // The other invocation may have been ended, and its promise with it.
      await inTime(flight.ended, CALL_MAX_MS).catch(() => undefined)
    }
    const ended = Promise.withResolvers<void>()
    const own: Flight = { sinceMs: this.#deps.nowMs(), ended: ended.promise, isFollowed: false }
    this.#flights.set(name, own)
    try {
      await inTime(this.#deps.wake(name), CALL_MAX_MS)
      return undefined
    } catch (cause) {
      return faultName(cause)
    } finally {
      // If it is followed, it stays until that wake replaces it, so that no third one starts in between.
      if (!own.isFollowed && this.#flights.get(name) === own) this.#flights.delete(name)
      ended.resolve()
    }
  }
}
