/**
 * A source's quota and replay memory: one Durable Object a source and shard, so that equal fingerprints always reach the same one.
 *
 * `admit` reserves the claim in memory. `settle` makes it durable after the queue has the events, never before. If an eviction loses
 * it, the worst case is a second copy in the queue, which the consumer drops. A single-use identity is answered only when it is written.
 */
import { DurableObject } from 'cloudflare:workers'
import { isComing } from '../../platform/alarm.ts'
import { systemNowMs } from '../../platform/clock.ts'
import {
  type AdmitAnswer,
  type AdmitRequest,
  COME_BACK_SECONDS,
  type DeferredSettle,
  type GuardApi,
  LEASE_SECONDS,
  MEMORY_WINDOWS,
  type SettleRequest,
} from './contract.ts'
import { type Remembered, ReplayMemory } from './memory.ts'
import { RateWindow } from './window.ts'

/**
 * The least time between two writes. Claims that are kept in between are written as one row; a quiet source's claim is written at
 * once. Only a single-use identity waits for its write. A crash before the write costs as much as a crash before `settle`.
 */
const WRITE_EVERY_MS = 1_000

/**
 * How long a copy waits for the first delivery, whose settle may be deferred; see `piggybacked-settles.ts`. So a sender that got its
 * 200 and sends again is answered as a duplicate.
 */
const COPY_PATIENCE_MS = 250

/** As `claim.ts` makes them. Any other form would never be found, so every copy would be admitted. */
const DIGEST = /^[0-9a-f]{32}$/

interface Lease extends Remembered {
  readonly id: number
  readonly untilMs: number
  /** The queue has every event: a copy is a duplicate, whether or not the claim is written yet. */
  kept: boolean
  /** Resolves the calls of copies that wait for the settle. */
  readonly copies: (() => void)[]
}

export class Guard extends DurableObject implements GuardApi {
  readonly #memory: ReplayMemory
  readonly #leases = new Map<string, Lease>()
  #window: RateWindow | undefined
  #sourceVersion: number
  #memorySeconds: number
  /** Single-use identities that were signed before this may have been used and forgotten. Unix seconds. */
  #forgottenBeforeSeconds: number
  /** Not from 1: a late settle of a lease from before a restart must not settle another. */
  #nextLease = firstLease()
  #group: Lease[] = []
  #written: Promise<void> | undefined
  #wroteAtMs = 0
  readonly #nowMs: () => number

  /** @param nowMs the clock of the alarm and of the writes. Requests have their own time. */
  constructor(ctx: DurableObjectState, env: unknown, nowMs = systemNowMs) {
    super(ctx, env as never)
    this.#nowMs = nowMs
    this.#memory = new ReplayMemory(ctx.storage)
    this.#sourceVersion = ctx.storage.kv.get<number>('source_version') ?? 0
    this.#memorySeconds = ctx.storage.kv.get<number>('memory_seconds') ?? 0
    this.#forgottenBeforeSeconds = ctx.storage.kv.get<number>('forgotten_before') ?? 0
  }

  /**
   * Takes the claim and a place in the quota, or answers why not. It is atomic: there is no await in it. Only a copy of a delivery
   * in flight waits for that one, and is then answered again.
   */
  async admit(request: AdmitRequest): Promise<AdmitAnswer> {
    const answer = this.#answer(request)
    if (answer.verdict !== 'in_flight') return answer
    await this.#settledSoon(request.fingerprint)
    return this.#answer(request)
  }

  /**
   * As {@link admit} for several deliveries, after the piggybacked settles were applied. No copy waits here. If one request throws,
   * all are refused and nothing is taken.
   */
  async admitAll(
    requests: readonly AdmitRequest[],
    settles: readonly DeferredSettle[],
  ): Promise<AdmitAnswer[]> {
    for (const settle of settles) this.#keep(settle)?.catch(() => undefined)
    const taken: SettleRequest[] = []
    try {
      return requests.map((request) => {
        const answer = this.#answer(request)
        if (answer.verdict === 'admitted')
          taken.push({ fingerprint: request.fingerprint, lease: answer.lease, kept: false })
        return answer
      })
    } catch (cause) {
      for (const one of taken) void this.#settle(one)
      throw cause
    }
  }

  /** Makes a claim durable, or releases it. Settling a lease that is no longer held does nothing. */
  async settle(request: SettleRequest): Promise<boolean> {
    const { fingerprint, kept, deferrable } = request
    await this.#settle(request)
    return !kept || deferrable === true || this.#memory.find(fingerprint, '') !== 'never'
  }

  /** Deferred settles for which no admit came in time. */
  async settleAll(settles: readonly DeferredSettle[]): Promise<void> {
    await Promise.all(settles.map(async (settle) => this.#keep(settle)))
  }

  /** The registry calls it when the source has changed. Every later answer has the new version. */
  async learn(sourceVersion: number): Promise<void> {
    if (sourceVersion <= this.#sourceVersion) return
    this.#sourceVersion = sourceVersion
    this.ctx.storage.kv.put('source_version', sourceVersion)
  }

  /** Drops expired tables. */
  override async alarm(): Promise<void> {
    const nowSeconds = Math.floor(this.#nowMs() / 1_000)
    this.#noteForgotten(nowSeconds)
    const nextSeconds = this.#memory.drop(nowSeconds, this.#memorySeconds)
    if (nextSeconds !== undefined) await this.#wakeAt(nextSeconds)
  }

  #answer(request: AdmitRequest): AdmitAnswer {
    return { sourceVersion: this.#sourceVersion, ...this.#admit(request) }
  }

  #admit(request: AdmitRequest) {
    const { nowMs, fingerprint, body } = request
    if (!DIGEST.test(fingerprint) || !(body === '' || DIGEST.test(body)))
      throw new TypeError('a claim must be made of digests')
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

  /** After an eviction the window is rebuilt from the durable claims, so it needs no writes of its own. */
  #rateWindow(nowSeconds: number): RateWindow {
    if (this.#window !== undefined) return this.#window
    this.#window = new RateWindow()
    for (const { atSeconds, count } of this.#memory.countsSince(nowSeconds - LEASE_SECONDS))
      this.#window.add(atSeconds, count)
    return this.#window
  }

  /** The longest requested memory counts: a source whose window was shortened still remembers what it accepted before. */
  #remember(memorySeconds: number): void {
    if (memorySeconds <= this.#memorySeconds) return
    this.#memorySeconds = memorySeconds
    this.ctx.storage.kv.put('memory_seconds', memorySeconds)
  }

  /**
   * Written in the same turn as the drop. Dropped identities were signed at the latest one window after the end of their hour. A
   * window that was never wider reaches back no further, so this refuses only what a widened window would admit again.
   */
  #noteForgotten(nowSeconds: number): void {
    const endSeconds = this.#memory.singleUseOver(nowSeconds, this.#memorySeconds)
    if (endSeconds === undefined) return
    const beforeSeconds = endSeconds + this.#memorySeconds / MEMORY_WINDOWS
    if (beforeSeconds <= this.#forgottenBeforeSeconds) return
    this.#forgottenBeforeSeconds = beforeSeconds
    this.ctx.storage.kv.put('forgotten_before', beforeSeconds)
  }

  /** Resolves when the claim is settled, or after the patience of a copy. */
  async #settledSoon(fingerprint: string): Promise<void> {
    const settled = new Promise<void>((resolve) => this.#leases.get(fingerprint)?.copies.push(resolve))
    await Promise.race([settled, scheduler.wait(COPY_PATIENCE_MS)])
  }

  /** Leases are in order of their end. Expired ones, whose gateway died, are dropped from the front. */
  #forgetOldLeases(nowMs: number): void {
    for (const [key, { untilMs }] of this.#leases) {
      if (untilMs > nowMs) return
      this.#leases.delete(key)
    }
  }

  #keep(settle: DeferredSettle): Promise<void> | undefined {
    return this.#settle({ ...settle, kept: true, deferrable: true })
  }

  /** Resolves when a kept claim is written; undefined if there is nothing to wait for. */
  #settle({ fingerprint, lease, kept, deferrable }: SettleRequest): Promise<void> | undefined {
    const held = this.#leases.get(fingerprint)
    if (held?.id !== lease) return undefined
    for (const resume of held.copies) resume()
    if (!kept) {
      this.#window?.release(held.atSeconds)
      this.#leases.delete(fingerprint)
      return undefined
    }
    // A settle whose call failed is sent again.
    if (!held.kept) this.#group.push(held)
    held.kept = true
    if (deferrable !== true) return this.#writeGroup()
    this.#written ??= this.#writeInTime()
    return this.#written
  }

  async #writeInTime(): Promise<void> {
    const sinceMs = Math.abs(this.#nowMs() - this.#wroteAtMs)
    // It always waits a turn, so that `#written` is set before it is cleared.
    await (sinceMs < WRITE_EVERY_MS ? scheduler.wait(WRITE_EVERY_MS - sinceMs) : undefined)
    this.#written = undefined
    await this.#writeGroup()
  }

  async #writeGroup(): Promise<void> {
    const group = this.#group
    const [first] = group
    if (first === undefined) return
    this.#group = []
    this.#wroteAtMs = this.#nowMs()
    this.#memory.write(group)
    for (const { fingerprint } of group) this.#leases.delete(fingerprint)
    if (!isComing(await this.ctx.storage.getAlarm(), systemNowMs())) {
      await this.#wakeAt(first.atSeconds + 3_600 + this.#memorySeconds)
    }
  }

  async #wakeAt(seconds: number): Promise<void> {
    const delayMs = Math.max(1_000, seconds * 1_000 - this.#nowMs())
    await this.ctx.storage.setAlarm(systemNowMs() + delayMs)
  }
}

/** 48 random bits: numbers above it are exact for long. */
const firstLease = (): number =>
  crypto.getRandomValues(new Uint16Array(3)).reduce((number, part) => number * 2 ** 16 + part, 0)
