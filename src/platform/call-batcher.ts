/**
 * Calls that requests of one isolate make together. While fewer than `maxInFlight` calls are in flight, a call starts at once.
 * Calls that start later wait, and the next one carries all that fit.
 *
 * So under load the fixed cost of a call is shared. A request makes its call itself and waits for it: a request that made calls
 * for others only would have to outlive its own answer.
 */

export interface Limits<T> {
  /** Capacity of one call, in the unit of `weigh`. A call that does not fit beside those that wait starts at once. */
  readonly maxWeight: number
  readonly weigh: (one: T) => number
  /** How many calls may be in flight before others wait. */
  readonly maxInFlight: number
}

/**
 * Longest wait for a call of another request to end, which may be lost with a request that the runtime has ended. If the last call was
 * slow, the wait is twice as long as that call, up to the maximum.
 */
const PATIENCE_MS = 250
const PATIENCE_MAX_MS = 1_000

/**
 * From here on a call is slow, if it also takes several times as long as the fastest: what is called is not far away but has more to do than
 * it can, and gets one call at a time. With eight from each of sixteen isolates, an object that serves 200 calls a second fell behind for good at
 * 300 deliveries a second (`test/gateway/guard/load.test.ts`).
 */
const SLOW_MS = 100
const SLOW_TIMES = 3

/** Longest wait for the call that carries it. */
const LOST_AFTER_MS = 10_000

/** The call that carried it has not returned. Whether it has had its effect is not known. */
class CallLost extends Error {
  override readonly name = 'CallLost'
}

interface Waiting<T, R> {
  readonly one: T
  readonly weight: number
  readonly answer: PromiseWithResolvers<Turn<R>>
}

/** A call in flight, or a place reserved for one that is about to start. */
interface Flight {
  readonly sinceMs: number
}

/** Either the result from another request's call, or the turn to make the next call. */
type Turn<R> = { readonly result: R } | { readonly flight: Flight }

export class CallBatcher<T, R> {
  readonly #call: (all: readonly T[]) => Promise<readonly R[]>
  readonly #limits: Limits<T>
  readonly #nowMs: () => number
  readonly #flights = new Set<Flight>()
  #waiting: Waiting<T, R>[] = []
  /** How long the last call that returned took. */
  #lastMs = 0
  #fastestMs = Infinity

  /** @param call returns a result for each, in the same order. If it rejects, it rejects for all. */
  constructor(call: (all: readonly T[]) => Promise<readonly R[]>, limits: Limits<T>, nowMs: () => number) {
    this.#call = call
    this.#limits = limits
    this.#nowMs = nowMs
  }

  ask(one: T): Promise<R> {
    const weight = this.#limits.weigh(one)
    return this.#isBusy() && this.#fits(weight)
      ? this.#askInTurn(one, weight)
      : this.#go(one, weight, this.#begin())
  }

  /** A call that takes longer than the patience is slow or lost, and no longer counts. */
  #isBusy(): boolean {
    const maxInFlight = this.#isSlow() ? 1 : this.#limits.maxInFlight
    if (this.#flights.size < maxInFlight) return false
    const nowMs = this.#nowMs()
    for (const flight of this.#flights)
      if (Math.abs(nowMs - flight.sinceMs) >= this.#patienceMs()) this.#flights.delete(flight)
    return this.#flights.size >= maxInFlight
  }

  #isSlow(): boolean {
    return this.#lastMs >= Math.max(SLOW_MS, SLOW_TIMES * this.#fastestMs)
  }

  #patienceMs(): number {
    return this.#isSlow() ? Math.min(Math.max(PATIENCE_MS, 2 * this.#lastMs), PATIENCE_MAX_MS) : PATIENCE_MS
  }

  #begin(): Flight {
    const flight = { sinceMs: this.#nowMs() }
    this.#flights.add(flight)
    return flight
  }

  #fits(weight: number): boolean {
    return this.#waiting.reduce((sum, other) => sum + other.weight, weight) <= this.#limits.maxWeight
  }

  async #askInTurn(one: T, weight: number): Promise<R> {
    const turn = await this.#turn({ one, weight, answer: Promise.withResolvers() })
    return 'flight' in turn ? this.#go(one, weight, turn.flight) : turn.result
  }

  /**
   * Always waits with a timer of its own. The runtime ends a request as hung if no pending work belongs to it, and a call of another
   * request does not.
   */
  async #turn(mine: Waiting<T, R>): Promise<Turn<R>> {
    this.#waiting.push(mine)
    let timer = setTimeout(() => {
      if (this.#leave(mine)) return mine.answer.resolve({ flight: this.#begin() })
      timer = setTimeout(() => mine.answer.reject(new CallLost()), LOST_AFTER_MS)
    }, this.#patienceMs())
    try {
      return await mine.answer.promise
    } finally {
      clearTimeout(timer)
    }
  }

  /** False if a call already carries it. */
  #leave(mine: Waiting<T, R>): boolean {
    const at = this.#waiting.indexOf(mine)
    if (at >= 0) this.#waiting.splice(at, 1)
    return at >= 0
  }

  async #go(one: T, weight: number, flight: Flight): Promise<R> {
    const others = this.#joinOthers(weight)
    // The rest did not fit into this call, and has waited long enough.
    this.#next()
    try {
      const results = await this.#call([one, ...others.map((other) => other.one)])
      others.forEach(({ answer }, i) => answer.resolve({ result: results[i + 1] as R }))
      return results[0] as R
    } catch (cause) {
      for (const { answer } of others) answer.reject(cause)
      throw cause
    } finally {
      this.#lastMs = Math.abs(this.#nowMs() - flight.sinceMs)
      this.#fastestMs = Math.min(this.#fastestMs, this.#lastMs)
      if (this.#flights.delete(flight)) this.#next()
    }
  }

  /** Takes from the waiting list as many as fit. */
  #joinOthers(weight: number): readonly Waiting<T, R>[] {
    if (this.#waiting.length === 0) return []
    let sum = weight
    const end = this.#waiting.findIndex((other) => (sum += other.weight) > this.#limits.maxWeight)
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end)
  }

  /** Gives the turn to the first in the waiting list. Its place is reserved from now on, so that others queue behind it. */
  #next(): void {
    this.#waiting.shift()?.answer.resolve({ flight: this.#begin() })
  }
}
