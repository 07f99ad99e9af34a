/** A destination's state in memory, and the one way to store it: in one transaction with whatever depends on it. */
import { Positions } from '../../readers/positions.ts'
import { type Forgotten, allForgotten } from '../../platform/forgotten.ts'
import type { Sealer } from '../../platform/seal.ts'
import { AttemptLog, ATTEMPTS_A_ROW } from './attempts.ts'
import { ErasureTable } from './erasures.ts'
import { type DestinationState, StateTable, newState, withAttempt } from './state.ts'
import { WaitingTable } from './waiting.ts'
import { type Erased, type StoredAttempt, forgetIn } from './without-person.ts'

export class Memory {
  readonly positions: Positions
  readonly waiting: WaitingTable
  readonly erasures: ErasureTable
  readonly log: AttemptLog
  state: DestinationState = newState(0)
  /** Attempts of the bundle that is not full, oldest first. */
  attempts: StoredAttempt[] = []
  readonly #storage: DurableObjectStorage
  readonly #states: StateTable
  #turn: Promise<unknown> = Promise.resolve()

  constructor(storage: DurableObjectStorage, sealer: Sealer) {
    this.#storage = storage
    this.positions = new Positions(storage)
    this.waiting = new WaitingTable(storage)
    this.erasures = new ErasureTable(storage, sealer)
    this.log = new AttemptLog(storage, sealer)
    this.#states = new StateTable(storage)
  }

  async load(): Promise<void> {
    const saved = this.#states.load()
    this.state = saved?.state ?? newState(0)
    this.attempts = saved === undefined ? [] : await this.log.open(saved.attempts)
  }

  /** Adds an attempt, which the next save stores. A test is not counted. */
  note(attempt: StoredAttempt): void {
    this.attempts.push(attempt)
    if (attempt.kind === 'test') return
    const { hours } = this.state
    const isDelivered = attempt.outcome === 'delivered'
    this.state = { ...this.state, hours: withAttempt(hours, Date.parse(attempt.at), isDelivered) }
  }

  /** Begins anew for a destination that was made after the one that this object served. */
  reset(createdAtMs: number): void {
    this.state = newState(createdAtMs)
    this.attempts = []
    this.#storage.sql.exec(
      `DELETE FROM waiting; DELETE FROM attempts; DELETE FROM positions; DELETE FROM state;
       DELETE FROM pending_erasures; DELETE FROM forgotten`,
    )
  }

  /**
   * Stores the state. Changes of it that are made meanwhile are stored by the next call.
   *
   * @param write further writes of the same transaction; synchronous
   */
  save(write: () => void = () => undefined): Promise<void> {
    const saving = this.#turn.then(async () => {
      const full = Math.floor(this.attempts.length / ATTEMPTS_A_ROW)
      const bundles = Array.from({ length: full }, (_, i) =>
        this.attempts.slice(i * ATTEMPTS_A_ROW, (i + 1) * ATTEMPTS_A_ROW),
      )
      const sealed = await Promise.all(bundles.map((bundle) => this.log.seal(bundle)))
      const rest = await this.log.seal(this.attempts.slice(full * ATTEMPTS_A_ROW))
      this.#storage.transactionSync(() => {
        write()
        for (const [i, bundle] of bundles.entries())
          this.log.add(sealed[i] ?? new Uint8Array(), bundle.at(-1)?.at ?? '')
        this.#states.save({ state: this.state, attempts: rest })
      })
      this.attempts.splice(0, full * ATTEMPTS_A_ROW)
    })
    this.#turn = saving.catch(() => undefined)
    return saving
  }

  /** Removes attempts that are older than a time. @param plan only counts them */
  async forgetAttempts(beforeMs: number, plan: boolean): Promise<Forgotten> {
    // No bundle is added meanwhile.
    const forgetting = this.#turn.then(async () => {
      const bundles = await this.log.forget(beforeMs, plan)
      const firstKept = this.attempts.findIndex(({ at }) => Date.parse(at) >= beforeMs)
      const count = firstKept < 0 ? this.attempts.length : firstKept
      if (!plan) this.attempts.splice(0, count)
      const [first] = this.attempts
      return { bundles, rest: { count, isMore: false, oldestMs: first ? Date.parse(first.at) : null } }
    })
    this.#turn = forgetting.catch(() => undefined)
    const { bundles, rest } = await forgetting
    if (!plan && rest.count > 0) await this.save()
    return allForgotten([bundles, rest])
  }

  /**
   * Removes what says something of a person.
   *
   * @param plan only counts it
   * @returns `oldestMs`: of what was found
   */
  async forgetPerson(erased: Erased, nowMs: number, plan: boolean): Promise<Forgotten> {
    const forgetting = this.#turn.then(async () => {
      const found = await this.log.forgetPerson(erased, plan)
      const latest = [...this.attempts]
      const { kept, gone } = await forgetIn(latest, erased)
      // Further ones may have come meanwhile.
      if (!plan) this.attempts = [...kept, ...this.attempts.slice(latest.length)]
      return [...found, ...gone]
    })
    this.#turn = forgetting.catch(() => undefined)
    const found = await forgetting
    if (!plan) await this.save(() => this.waiting.forgetPerson(erased.person, nowMs))
    const times = found.map(({ at }) => Date.parse(at))
    return { count: found.length, isMore: false, oldestMs: times.length === 0 ? null : Math.min(...times) }
  }
}
