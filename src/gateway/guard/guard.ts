/**
 * A source's quota and replay memory: one Durable Object a source and shard, so that equal fingerprints always meet.
 *
 * `admit` reserves in memory only. `settle` makes the claim durable, once the queue has the events: a claim is never
 * durable before. What an eviction loses is at worst a second copy in the queue, which the consumer drops.
 */
import { DurableObject } from 'cloudflare:workers'
import { systemNowMs } from '../../platform/clock.ts'
import { answersText, askedOf } from './asking.ts'
import {
  type AdmitAnswer,
  type AdmitRequest,
  COME_BACK_SECONDS,
  type GuardApi,
  LEASE_SECONDS,
  MEMORY_WINDOWS,
  type Rider,
  type SettleRequest,
} from './contract.ts'
import { type Remembered, ReplayMemory } from './memory.ts'
import { RateWindow } from './window.ts'

/**
 * Between two writes: what is kept in between is one row. A quiet source's claim is written at once. Nobody waits for the
 * write but a single-use identity, and a crash before it costs what one before `settle` costs.
 */
const WRITE_EVERY_MS = 250

/**
 * How long a copy waits for the one in flight. A sender that has its 200 and sends again finds a duplicate, although the claim
 * may still be on its way here; see `riding.ts`.
 */
const COPY_PATIENCE_MS = 250

/** As `claim.ts` makes them. What is anything else would be found nowhere, and so let in each time. */
const DIGEST = /^[0-9a-f]{32}$/

interface Lease extends Remembered {
  readonly id: number
  readonly untilMs: number
  /** The queue has every event: from then on a copy is a duplicate, whether or not this is written yet. */
  kept: boolean
  /** Calls that wait for this one to be settled. */
  readonly copies: (() => void)[]
}

export class Guard extends DurableObject implements GuardApi {
  readonly #memory: ReplayMemory
  readonly #leases = new Map<string, Lease>()
  #window: RateWindow | undefined
  #sourceVersion: number
  #memorySeconds: number
  /** Single-use identities that were signed before this may have been used and forgotten; Unix seconds. */
  #forgottenBeforeSeconds: number
  #nextLease = 1
  #group: Lease[] = []
  #written: Promise<void> | undefined
  #wroteAtMs = 0

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never)
    this.#memory = new ReplayMemory(ctx.storage.sql)
    this.#sourceVersion = ctx.storage.kv.get<number>('source_version') ?? 0
    this.#memorySeconds = ctx.storage.kv.get<number>('memory_seconds') ?? 0
    this.#forgottenBeforeSeconds = ctx.storage.kv.get<number>('forgotten_before') ?? 0
  }

  /**
   * Takes the claim and a place in the quota for the caller, or says why not. One atomic step: there is no await in it. Only a
   * copy waits a moment for the one that is in flight, and is then judged as if it had come after it.
   */
  async admit(request: AdmitRequest): Promise<AdmitAnswer> {
    const answer = this.#answer(request)
    if (answer.verdict !== 'in_flight') return answer
    await this.#settledSoon(request.fingerprint)
    return this.#answer(request)
  }

  /**
   * As {@link admit} for several callers at once, of whom none waits for a copy, from text to text: see `asking.ts`. What was kept
   * before them comes along. Where one cannot be answered none is, and nothing is taken.
   */
  async ask(text: string): Promise<string> {
    const { requests, riders } = askedOf(text)
    for (const rider of riders) this.#keep(rider)?.catch(() => undefined)
    const taken: SettleRequest[] = []
    try {
      const answers = requests.map((request) => {
        const answer = this.#answer(request)
        if (answer.verdict === 'admitted')
          taken.push({ fingerprint: request.fingerprint, lease: answer.lease, kept: false })
        return answer
      })
      return answersText(answers)
    } catch (cause) {
      for (const one of taken) void this.#settle(one)
      throw cause
    }
  }

  /** Makes a claim durable, or gives it back. Settling a lease that is no longer held does nothing. */
  async settle(request: SettleRequest): Promise<void> {
    await this.#settle(request)
  }

  /** Claims that no question came for. */
  async keepAll(riders: readonly Rider[]): Promise<void> {
    await Promise.all(riders.map(async (rider) => this.#keep(rider)))
  }

  /** Hears from the registry that the source has changed; every later `admit` says so. */
  async learn(sourceVersion: number): Promise<void> {
    if (sourceVersion <= this.#sourceVersion) return
    this.#sourceVersion = sourceVersion
    this.ctx.storage.kv.put('source_version', sourceVersion)
  }

  /** Drops the tables whose time is over. */
  override async alarm(): Promise<void> {
    const nowSeconds = Math.floor(this.nowMs() / 1_000)
    this.#noteForgotten(nowSeconds)
    const nextSeconds = this.#memory.drop(nowSeconds, this.#memorySeconds)
    if (nextSeconds !== undefined) await this.#wakeAt(nextSeconds)
  }

  /** The alarm's clock; requests bring their own. */
  protected nowMs(): number {
    return systemNowMs()
  }

  #answer(request: AdmitRequest): AdmitAnswer {
    return { sourceVersion: this.#sourceVersion, ...this.#admit(request) }
  }

  #admit(request: AdmitRequest) {
    const { nowMs, fingerprint, body } = request
    if (!DIGEST.test(fingerprint) || !(body === '' || DIGEST.test(body)))
      throw new TypeError('a claim is made of digests')
    const nowSeconds = Math.floor(nowMs / 1_000)

    const held = this.#leases.get(fingerprint)
    if (held !== undefined && (held.kept || held.untilMs > nowMs)) {
      if (held.body !== body) return { verdict: 'token_reused' as const }
      return held.kept
        ? { verdict: 'duplicate' as const }
        : { verdict: 'in_flight' as const, retryAfterSeconds: COME_BACK_SECONDS }
    }
    const seen = this.#memory.find(fingerprint, body)
    if (seen !== 'never')
      return { verdict: seen === 'same' ? ('duplicate' as const) : ('token_reused' as const) }

    if (body !== '' && request.signedAtSeconds < this.#forgottenBeforeSeconds)
      return { verdict: 'too_old' as const, windowSeconds: nowSeconds - this.#forgottenBeforeSeconds }

    const place = this.#rateWindow(nowSeconds).take(nowSeconds, request.limitPerMinute)
    if (!place.taken) return { verdict: 'rate_limited' as const, retryAfterSeconds: place.retryAfterSeconds }

    this.#remember(request.memorySeconds)
    const lease = {
      id: this.#nextLease++,
      fingerprint,
      body,
      atSeconds: nowSeconds,
      untilMs: nowMs + LEASE_SECONDS * 1_000,
      kept: false,
      copies: [],
    }
    this.#forgetOldLeases(nowMs)
    this.#leases.set(fingerprint, lease)
    return { verdict: 'admitted' as const, lease: lease.id }
  }

  /** After an eviction the quota's window is what the durable claims say, so it costs no write of its own. */
  #rateWindow(nowSeconds: number): RateWindow {
    if (this.#window !== undefined) return this.#window
    this.#window = new RateWindow()
    for (const { atSeconds, count } of this.#memory.countsSince(nowSeconds - LEASE_SECONDS))
      this.#window.add(atSeconds, count)
    return this.#window
  }

  /** The longest memory asked for counts: a source whose window was shortened still remembers what it accepted before. */
  #remember(memorySeconds: number): void {
    if (memorySeconds <= this.#memorySeconds) return
    this.#memorySeconds = memorySeconds
    this.ctx.storage.kv.put('memory_seconds', memorySeconds)
  }

  /**
   * Written in one turn with the drop. What is dropped was signed one window after the end of its hour at the latest. A window
   * that stays as it is, or was as wide before, reaches back no further, so this refuses only what a wider one brings back.
   */
  #noteForgotten(nowSeconds: number): void {
    const endSeconds = this.#memory.singleUseOver(nowSeconds, this.#memorySeconds)
    if (endSeconds === undefined) return
    const beforeSeconds = endSeconds + this.#memorySeconds / MEMORY_WINDOWS
    if (beforeSeconds <= this.#forgottenBeforeSeconds) return
    this.#forgottenBeforeSeconds = beforeSeconds
    this.ctx.storage.kv.put('forgotten_before', beforeSeconds)
  }

  /** Resolves when the claim is settled, or when that takes longer than an answer and a ride. */
  async #settledSoon(fingerprint: string): Promise<void> {
    const settled = new Promise<void>((resolve) => this.#leases.get(fingerprint)?.copies.push(resolve))
    await Promise.race([settled, scheduler.wait(COPY_PATIENCE_MS)])
  }

  /** Leases are in order of their end; those whose gateway died are dropped from the front. */
  #forgetOldLeases(nowMs: number): void {
    for (const [key, { untilMs }] of this.#leases) {
      if (untilMs > nowMs) return
      this.#leases.delete(key)
    }
  }

  #keep(rider: Rider): Promise<void> | undefined {
    return this.#settle({ ...rider, kept: true, mayRide: true })
  }

  /** Resolves when a claim that is kept is written; undefined where there is nothing to wait for. */
  #settle({ fingerprint, lease, kept, mayRide }: SettleRequest): Promise<void> | undefined {
    const held = this.#leases.get(fingerprint)
    if (held?.id !== lease) return undefined
    for (const judge of held.copies) judge()
    if (!kept) {
      this.#window?.giveBack(held.atSeconds)
      this.#leases.delete(fingerprint)
      return undefined
    }
    // A rider whose call failed is told again.
    if (!held.kept) this.#group.push(held)
    held.kept = true
    if (mayRide !== true) return this.#writeGroup()
    this.#written ??= this.#writeInTime()
    return this.#written
  }

  async #writeInTime(): Promise<void> {
    const sinceMs = Math.abs(this.nowMs() - this.#wroteAtMs)
    // Even alone it waits a turn, so that `#written` stands before it is cleared.
    await (sinceMs < WRITE_EVERY_MS ? scheduler.wait(WRITE_EVERY_MS - sinceMs) : undefined)
    this.#written = undefined
    await this.#writeGroup()
  }

  async #writeGroup(): Promise<void> {
    const group = this.#group
    const [first] = group
    if (first === undefined) return
    this.#group = []
    this.#wroteAtMs = this.nowMs()
    this.#memory.write(group)
    for (const { fingerprint } of group) this.#leases.delete(fingerprint)
    if ((await this.ctx.storage.getAlarm()) === null) {
      await this.#wakeAt(first.atSeconds + 3_600 + this.#memorySeconds)
    }
  }

  async #wakeAt(seconds: number): Promise<void> {
    const delayMs = Math.max(1_000, seconds * 1_000 - this.nowMs())
    await this.ctx.storage.setAlarm(systemNowMs() + delayMs)
  }
}
