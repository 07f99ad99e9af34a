/**
 * Calls that requests of one isolate make together: what comes while a call is under way waits for it, and goes with its neighbours
 * in the next one. A call that finds the way free waits for nothing.
 *
 * So what a call costs beside its contents is paid once for all of them, and the busier it is the more so. The calls are made by the
 * requests themselves, in turns: one that made them for all would have to outlive its own answer.
 */

export interface Limits<T> {
  /** What one call may carry, in the unit of `weigh`. What would not fit waits for nobody. */
  readonly maxWeight: number
  readonly weigh: (one: T) => number
}

/** Nobody waits longer than this for another's call to end: it may be slow, or lost with a request that the runtime has ended. */
const PATIENCE_MS = 250

/** Nor longer than this for the call that carries it. */
const LOST_AFTER_MS = 10_000

/** The call that carried it has not come back; whether it has had its effect is not known. */
class CallLost extends Error {
  override readonly name = 'CallLost'
}

interface Waiting<T, R> {
  readonly one: T
  readonly weight: number
  readonly answer: PromiseWithResolvers<Turn<R>>
}

/** Either the answer that another's call has brought, or the turn to make the next call. */
type Turn<R> = { readonly result: R } | 'yours'

export class CallBatcher<T, R> {
  readonly #call: (all: readonly T[]) => Promise<readonly R[]>
  readonly #limits: Limits<T>
  readonly #nowMs: () => number
  /** The latest of the calls that have not come back, or the turn that was given to make it. */
  #underWay: { readonly sinceMs: number } | undefined
  #waiting: Waiting<T, R>[] = []

  /** @param call answers for each, in the same order; when it rejects it rejects for all */
  constructor(call: (all: readonly T[]) => Promise<readonly R[]>, limits: Limits<T>, nowMs: () => number) {
    this.#call = call
    this.#limits = limits
    this.#nowMs = nowMs
  }

  ask(one: T): Promise<R> {
    const weight = this.#limits.weigh(one)
    return this.#isBusy() && this.#fits(weight) ? this.#askInTurn(one, weight) : this.#go(one, weight)
  }

  #isBusy(): boolean {
    return this.#underWay !== undefined && Math.abs(this.#nowMs() - this.#underWay.sinceMs) < PATIENCE_MS
  }

  #fits(weight: number): boolean {
    return this.#waiting.reduce((sum, other) => sum + other.weight, weight) <= this.#limits.maxWeight
  }

  async #askInTurn(one: T, weight: number): Promise<R> {
    const turn = await this.#turn({ one, weight, answer: Promise.withResolvers() })
    return turn === 'yours' ? this.#go(one, weight) : turn.result
  }

  /**
   * Waits with a timer of its own, always: the runtime takes a request for hung and ends it when nothing is left that belongs to
   * that request, and another's call does not.
   */
  async #turn(mine: Waiting<T, R>): Promise<Turn<R>> {
    this.#waiting.push(mine)
    let timer = setTimeout(() => {
      if (this.#leave(mine)) return mine.answer.resolve('yours')
      timer = setTimeout(() => mine.answer.reject(new CallLost()), LOST_AFTER_MS)
    }, PATIENCE_MS)
    try {
      return await mine.answer.promise
    } finally {
      clearTimeout(timer)
    }
  }

  /** False where a call carries it already. */
  #leave(mine: Waiting<T, R>): boolean {
    const at = this.#waiting.indexOf(mine)
    if (at >= 0) this.#waiting.splice(at, 1)
    return at >= 0
  }

  async #go(one: T, weight: number): Promise<R> {
    const others = this.#takeAlong(weight)
    // What is left was too much for this call, and has waited long enough.
    this.#next()
    const call = { sinceMs: this.#nowMs() }
    this.#underWay = call
    try {
      const results = await this.#call([one, ...others.map((other) => other.one)])
      others.forEach(({ answer }, i) => answer.resolve({ result: results[i + 1] as R }))
      return results[0] as R
    } catch (cause) {
      for (const { answer } of others) answer.reject(cause)
      throw cause
    } finally {
      if (this.#underWay === call) {
        this.#underWay = undefined
        this.#next()
      }
    }
  }

  /** Those that wait, as many as fit. */
  #takeAlong(weight: number): readonly Waiting<T, R>[] {
    if (this.#waiting.length === 0) return []
    let sum = weight
    const end = this.#waiting.findIndex((other) => (sum += other.weight) > this.#limits.maxWeight)
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end)
  }

  /** Gives the turn to the first that waits. Until it has begun, whoever comes waits behind it. */
  #next(): void {
    const next = this.#waiting.shift()
    if (next === undefined) return
    this.#underWay = { sinceMs: this.#nowMs() }
    next.answer.resolve('yours')
  }
}
