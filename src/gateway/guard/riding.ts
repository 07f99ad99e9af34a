/**
 * Guard objects as the gateway calls them: questions of concurrent deliveries go together, and kept claims ride with them. Under
 * load a call serves several deliveries, where each would cost two, and no answer waits for a claim to be settled.
 */
import { BoundedMap } from '../../platform/bounded-map.ts'
import { systemNowMs } from '../../platform/clock.ts'
import { SecondBudget } from '../../platform/second-budget.ts'
import { CallBatcher } from '../../platform/call-batcher.ts'
import { answersOf, askedText } from './asking.ts'
import type { AdmitAnswer, AdmitRequest, GuardApi, Rider, SettleRequest } from './contract.ts'

/** How long a claim waits for a ride before it goes alone. Until then a copy is told to come back, as while it is in flight. */
const RIDE_WAIT_MS = 50

/** Copies that wait in each second; in a flood the others are told at once to come back. */
const WAITS_PER_SECOND = 20

/** A question has some 70 bytes. */
const LIMITS = { maxWeight: 100, weigh: () => 1 }

/** A guard that takes several questions and several settles in one call. */
export type RidingGuard = Pick<GuardApi, 'admit' | 'settle'> & {
  /** Takes and gives text, see `asking.ts`. No answer waits for a copy that is in flight. */
  ask(text: string): Promise<string>
  keepAll(riders: readonly Rider[]): Promise<void>
}

/** Guards that are remembered between calls; one that is forgotten loses nothing that waits for it. */
const GUARDS_MAX = 2_000

/**
 * Guards whose `settle` resolves before the guard has heard of it, where the claim may ride.
 *
 * @param inBackground keeps work alive after the answer of the request that is at hand
 */
export function riding(
  guardNamed: (name: string) => RidingGuard,
  inBackground: (work: Promise<unknown>) => void,
): (name: string) => Pick<GuardApi, 'admit' | 'settle'> {
  const guards = new BoundedMap<string, Ridden>(GUARDS_MAX)
  return (name) => {
    const known = guards.get(name)
    if (known !== undefined) return known
    const guard = new Ridden(() => guardNamed(name), inBackground)
    guards.set(name, guard)
    return guard
  }
}

class Ridden implements Pick<GuardApi, 'admit' | 'settle'> {
  readonly #guard: () => RidingGuard
  readonly #inBackground: (work: Promise<unknown>) => void
  readonly #questions = new CallBatcher(
    (requests: readonly AdmitRequest[]) => this.#askAll(requests),
    LIMITS,
    systemNowMs,
  )
  readonly #waits = new SecondBudget(WAITS_PER_SECOND, 1)
  /** Undefined while nothing is going to fetch them. */
  #riders: Rider[] | undefined

  constructor(guard: () => RidingGuard, inBackground: (work: Promise<unknown>) => void) {
    this.#guard = guard
    this.#inBackground = inBackground
  }

  async admit(request: AdmitRequest): Promise<AdmitAnswer> {
    const answer = await this.#questions.ask(request)
    if (answer.verdict !== 'in_flight' || !this.#waits.take('', systemNowMs())) return answer
    // A copy waits for the one in flight by itself, so that nobody else waits with it.
    return this.#guard().admit(request)
  }

  async settle(request: SettleRequest): Promise<void> {
    if (request.mayRide !== true || !request.kept) return this.#guard().settle(request)
    const { fingerprint, lease } = request
    this.#wait([{ fingerprint, lease }])
  }

  async #askAll(requests: readonly AdmitRequest[]): Promise<readonly AdmitAnswer[]> {
    const riders = this.#take()
    try {
      return answersOf(await this.#guard().ask(askedText({ requests, riders })))
    } catch (cause) {
      // Whether it heard of them is not known; telling it twice does no harm.
      this.#wait(riders)
      throw cause
    }
  }

  #take(): readonly Rider[] {
    const riders = this.#riders
    if (riders === undefined || riders.length === 0) return []
    this.#riders = []
    return riders
  }

  #wait(riders: readonly Rider[]): void {
    if (riders.length === 0) return
    if (this.#riders !== undefined) return void this.#riders.push(...riders)
    this.#riders = [...riders]
    this.#inBackground(this.#goAlone())
  }

  async #goAlone(): Promise<void> {
    await scheduler.wait(RIDE_WAIT_MS)
    const riders = this.#take()
    this.#riders = undefined
    if (riders.length === 0) return
    try {
      await this.#guard().keepAll(riders)
    } catch {
      // A guard that does not hear of it forgets the lease within a minute, and the consumer drops a copy.
    }
  }
}
