/**
 * Guard objects as the gateway calls them. Admits of concurrent deliveries share calls, and deferrable settles are piggybacked on
 * them. Without that each delivery would cost two calls. No answer waits for a deferrable settle.
 */
import { BoundedMap } from '../../platform/bounded-map.ts'
import { CallBatcher } from '../../platform/call-batcher.ts'
import { SecondBudget } from '../../platform/second-budget.ts'
import type { AdmitAnswer, AdmitRequest, DeferredSettle, GuardApi, SettleRequest } from './contract.ts'

/**
 * How long a settle waits for an admit before it is sent alone. Until then a copy is told to retry, as while the first is in flight.
 * Less than `COPY_PATIENCE_MS`, for which a copy waits. With 100 sources, 50 ms sent nearly every settle alone.
 */
const PIGGYBACK_WAIT_MS = 200

/** Copies that may wait in each second. In a flood the others are told at once to retry. */
const WAITS_PER_SECOND = 20

/**
 * An admit has some 200 bytes. With one call in flight, ten deliveries at once wait for each other: throughput over the floor was 0.76,
 * with eight calls it is 0.81. With sixteen, fifty at once no longer share calls (0.99 in place of 1.13).
 */
const LIMITS = { maxWeight: 100, weigh: () => 1, maxInFlight: 8 }

/** A guard that takes several admits and several settles in one call. */
export type BatchGuard = Pick<GuardApi, 'admit' | 'settle'> & {
  /** The settles are applied first. No answer waits for a copy that is in flight. */
  admitAll(
    requests: readonly AdmitRequest[],
    settles: readonly DeferredSettle[],
  ): Promise<readonly AdmitAnswer[]>
  settleAll(settles: readonly DeferredSettle[]): Promise<void>
}

/** Guards that are remembered between calls. A guard that is dropped loses no pending settle. */
const GUARDS_MAX = 2_000

/**
 * Guards whose `settle` resolves before the object has received it, if it is deferrable.
 *
 * @param inBackground keeps work alive after the answer to the current request
 */
export function batchingGuards(
  guardNamed: (name: string) => BatchGuard,
  inBackground: (work: Promise<unknown>) => void,
  nowMs: () => number,
): (name: string) => Pick<GuardApi, 'admit' | 'settle'> {
  const guards = new BoundedMap<string, BatchingGuard>(GUARDS_MAX)
  return (name) => {
    const known = guards.get(name)
    if (known !== undefined) return known
    const guard = new BatchingGuard(() => guardNamed(name), inBackground, nowMs)
    guards.set(name, guard)
    return guard
  }
}

class BatchingGuard implements Pick<GuardApi, 'admit' | 'settle'> {
  readonly #guard: () => BatchGuard
  readonly #inBackground: (work: Promise<unknown>) => void
  readonly #nowMs: () => number
  readonly #admits: CallBatcher<AdmitRequest, AdmitAnswer>
  readonly #waits = new SecondBudget(WAITS_PER_SECOND, 1)
  /** Undefined while no background work is going to send them. */
  #pending: DeferredSettle[] | undefined

  constructor(guard: () => BatchGuard, inBackground: (work: Promise<unknown>) => void, nowMs: () => number) {
    this.#guard = guard
    this.#inBackground = inBackground
    this.#nowMs = nowMs
    this.#admits = new CallBatcher((requests) => this.#admitAll(requests), LIMITS, nowMs)
  }

  async admit(request: AdmitRequest): Promise<AdmitAnswer> {
    const answer = await this.#admits.ask(request)
    if (answer.verdict !== 'in_flight' || !this.#waits.take('', this.#nowMs())) return answer
    // In a call of its own a copy waits for the first delivery, and no other delivery waits with it.
    return this.#guard().admit(request)
  }

  async settle(request: SettleRequest): Promise<boolean> {
    if (request.deferrable !== true || !request.kept) return this.#guard().settle(request)
    const { fingerprint, lease } = request
    this.#defer([{ fingerprint, lease }])
    return true
  }

  async #admitAll(requests: readonly AdmitRequest[]): Promise<readonly AdmitAnswer[]> {
    const settles = this.#takePending()
    try {
      return await this.#guard().admitAll(requests, settles)
    } catch (cause) {
      // The object may have applied them or not. Applying a settle twice does no harm.
      this.#defer(settles)
      throw cause
    }
  }

  #takePending(): readonly DeferredSettle[] {
    const settles = this.#pending
    if (settles === undefined || settles.length === 0) return []
    this.#pending = []
    return settles
  }

  #defer(settles: readonly DeferredSettle[]): void {
    if (settles.length === 0) return
    if (this.#pending !== undefined) return void this.#pending.push(...settles)
    this.#pending = [...settles]
    this.#inBackground(this.#sendAlone())
  }

  async #sendAlone(): Promise<void> {
    await scheduler.wait(PIGGYBACK_WAIT_MS)
    const settles = this.#takePending()
    this.#pending = undefined
    if (settles.length === 0) return
    try {
      await this.#guard().settleAll(settles)
    } catch {
      // A guard that misses a settle drops the lease within a minute, and the consumer drops a copy.
    }
  }
}
