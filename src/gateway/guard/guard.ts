/**
 * A source's quota and replay memory: one Durable Object a source and shard, so that equal fingerprints always meet.
 *
 * `admit` reserves in memory only. `settle` makes the claim durable, once the queue has the events: a claim is never
 * durable before. What an eviction loses is at worst a second copy in the queue, which the consumer drops.
 */
import { DurableObject } from 'cloudflare:workers'
import { type Bytes, toHex } from '../../platform/bytes.ts'
import { systemNowMs } from '../../platform/clock.ts'
import {
  type AdmitAnswer,
  type AdmitRequest,
  COME_BACK_SECONDS,
  type GuardApi,
  LEASE_SECONDS,
  type SettleRequest,
} from './contract.ts'
import { type Remembered, ReplayMemory } from './memory.ts'
import { RateWindow } from './window.ts'

/** Settles that arrive within this are written together. */
const GROUP_MS = 1

interface Lease extends Remembered {
  readonly id: number
  readonly untilMs: number
}

export class Guard extends DurableObject implements GuardApi {
  readonly #memory: ReplayMemory
  readonly #leases = new Map<string, Lease>()
  #window: RateWindow | undefined
  #sourceVersion: number
  #memorySeconds: number
  #nextLease = 1
  #group: Remembered[] = []
  #written: Promise<void> | undefined

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never)
    this.#memory = new ReplayMemory(ctx.storage.sql)
    this.#sourceVersion = ctx.storage.kv.get<number>('source_version') ?? 0
    this.#memorySeconds = ctx.storage.kv.get<number>('memory_seconds') ?? 0
  }

  /** Takes the claim and a place in the quota for the caller, or says why not. One atomic step: there is no await in it. */
  async admit(request: AdmitRequest): Promise<AdmitAnswer> {
    return { sourceVersion: this.#sourceVersion, ...this.#admit(request) }
  }

  /** Makes a claim durable, or gives it back. Settling a lease that is no longer held does nothing. */
  async settle({ fingerprint, lease, kept }: SettleRequest): Promise<void> {
    const key = toHex(fingerprint)
    const held = this.#leases.get(key)
    if (held?.id !== lease) return
    if (kept) {
      await this.#write(held)
    } else {
      this.#window?.giveBack(held.atSeconds)
    }
    // Only now: a copy that came during the write must not find neither lease nor row.
    this.#leases.delete(key)
  }

  /** Hears from the registry that the source has changed; every later `admit` says so. */
  async learn(sourceVersion: number): Promise<void> {
    if (sourceVersion <= this.#sourceVersion) return
    this.#sourceVersion = sourceVersion
    this.ctx.storage.kv.put('source_version', sourceVersion)
  }

  /** Drops the tables whose time is over. */
  override async alarm(): Promise<void> {
    const nextSeconds = this.#memory.drop(Math.floor(this.nowMs() / 1_000), this.#memorySeconds)
    if (nextSeconds !== undefined) await this.#wakeAt(nextSeconds)
  }

  /** The alarm's clock; requests bring their own. */
  protected nowMs(): number {
    return systemNowMs()
  }

  #admit(request: AdmitRequest) {
    const { nowMs, fingerprint, body } = request
    const key = toHex(fingerprint)
    const nowSeconds = Math.floor(nowMs / 1_000)

    const seen = this.#memory.find(fingerprint)
    if (seen !== undefined)
      return { verdict: sameBytes(seen, body) ? ('duplicate' as const) : ('token_reused' as const) }

    const held = this.#leases.get(key)
    if (held !== undefined && held.untilMs > nowMs) {
      return sameBytes(held.body, body)
        ? { verdict: 'in_flight' as const, retryAfterSeconds: COME_BACK_SECONDS }
        : { verdict: 'token_reused' as const }
    }

    const place = this.#rateWindow(nowSeconds).take(nowSeconds, request.limitPerMinute)
    if (!place.taken) return { verdict: 'rate_limited' as const, retryAfterSeconds: place.retryAfterSeconds }

    this.#remember(request.memorySeconds)
    const lease = {
      id: this.#nextLease++,
      fingerprint,
      body,
      atSeconds: nowSeconds,
      untilMs: nowMs + LEASE_SECONDS * 1_000,
    }
    this.#forgetOldLeases(nowMs)
    this.#leases.set(key, lease)
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

  /** Leases are in order of their end; those whose gateway died are dropped from the front. */
  #forgetOldLeases(nowMs: number): void {
    for (const [key, { untilMs }] of this.#leases) {
      if (untilMs > nowMs) return
      this.#leases.delete(key)
    }
  }

  /** Resolves when the claim is written. Alone it is written at once; under load, together with its neighbours. */
  #write(claim: Remembered): Promise<void> {
    this.#group.push(claim)
    this.#written ??= this.#writeGroup(this.#leases.size > 1)
    return this.#written
  }

  async #writeGroup(crowded: boolean): Promise<void> {
    // Even alone it waits a turn, so that `#written` stands before it is cleared.
    await (crowded ? scheduler.wait(GROUP_MS) : undefined)
    const group = this.#group
    this.#group = []
    this.#written = undefined
    this.#memory.write(group)
    const [first] = group
    if (first !== undefined && (await this.ctx.storage.getAlarm()) === null) {
      await this.#wakeAt(first.atSeconds + 3_600 + this.#memorySeconds)
    }
  }

  async #wakeAt(seconds: number): Promise<void> {
    const delayMs = Math.max(1_000, seconds * 1_000 - this.nowMs())
    await this.ctx.storage.setAlarm(systemNowMs() + delayMs)
  }
}

/** Both are digests, or both empty. Not secrets: whoever presents one has proven it already. */
const sameBytes = (a: Uint8Array, b: Bytes): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])
