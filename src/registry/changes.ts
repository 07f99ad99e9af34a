/**
 * The one way in which the registry changes. Changes take turns. Each is decided first, then written with its line of the
 * audit log in one transaction, then announced: the guards of a source hear of it before the operator has an answer, so that
 * every `admit` from then on names the new version and a gateway that cached the old one reloads before it accepts anything.
 * News that did not reach a guard is told again.
 */
import { systemNowMs } from '../platform/clock.ts'
import { readMasterKeys } from '../platform/master-key.ts'
import type { RedisEnv } from '../platform/redis.ts'
import { type Sealer, sealer } from '../platform/seal.ts'
import { type Guards, announce } from './propagation/notify-guards.ts'
import type { AuditDraft, Who } from './audit/entry.ts'
import { AuditLog } from './audit/log.ts'
import type { Plan, Planning, Unchanged } from './sources/plan.ts'
import { type VersionsInRedis, versionsInRedis } from './propagation/redis-versions.ts'
import type { UnreachedGuard } from './propagation/notify-guards.ts'
import type { SecretResult } from './rotation/contract.ts'
import type { NotChanged } from './sources/source.ts'
import { type News, RegistryTables, type StoredSource } from './sources/source-tables.ts'

export interface RegistryEnv extends RedisEnv {
  readonly MASTER_KEY?: string
  readonly GUARD: Guards
}

/** News that did not reach everybody is told again after this, then after twice as long, and so on. */
const TELL_AGAIN_MS = 5_000
const TELL_AGAIN_MAX_MS = 600_000

/** Thousands of calls at once would only wait for each other. */
const TOLD_AT_ONCE = 25

export type Decide = (before: StoredSource | undefined, planning: Planning) => Decided | Promise<Decided>
export type Decided = Plan | Unchanged | NotChanged

export class Changes {
  readonly tables: RegistryTables
  readonly audit: AuditLog
  readonly #storage: DurableObjectStorage
  readonly #env: RegistryEnv
  readonly #nowMs: () => number
  readonly #redis: VersionsInRedis
  #sealer: Sealer | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(ctx: DurableObjectState, env: RegistryEnv, nowMs: () => number) {
    this.tables = new RegistryTables(ctx.storage.sql)
    this.audit = new AuditLog(ctx.storage)
    this.#storage = ctx.storage
    this.#env = env
    this.#nowMs = nowMs
    this.#redis = versionsInRedis(env, ctx.id.toString())
  }

  /** Changes one source. @param expectedVersion the version that the operator saw; null when any will do */
  async source(
    name: string,
    who: Who,
    expectedVersion: number | null,
    decide: Decide,
  ): Promise<SecretResult> {
    const done = await this.inTurn(() => this.#decideAndWrite(name, who, expectedVersion, decide))
    if (!done.ok) return done
    const { news, ...changed } = done
    if (news === undefined) return { ...changed, unreached: [] }
    return { ...changed, unreached: await this.#tell(news) }
  }

  /**
   * Changes something that no gateway has to hear of, in one transaction with its line of the log.
   *
   * @param write without waiting for anything
   */
  async other<T>(draft: AuditDraft, who: Who, write: () => T): Promise<T> {
    return this.inTurn(async () => {
      const line = await this.audit.next(draft, who, this.#nowMs(), this.seal())
      return this.#storage.transactionSync(() => {
        this.audit.write(line)
        return write()
      })
    })
  }

  /** One change after the other, whatever became of the one before. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  /**
   * Tells what somebody has not heard; on an alarm, since whoever died after a write could not tell.
   *
   * @param isUrgent which news; the rest is left for the alarm
   */
  async sendPendingNotifications(
    isUrgent: (name: string) => boolean = () => true,
  ): Promise<UnreachedGuard[]> {
    const owed = this.tables.owed().filter(({ name }) => isUrgent(name))
    const unreached: UnreachedGuard[] = []
    for (let i = 0; i < owed.length; i += TOLD_AT_ONCE) {
      const told = await Promise.all(owed.slice(i, i + TOLD_AT_ONCE).map((news) => this.#tell(news)))
      unreached.push(...told.flat())
    }
    const triedBefore = this.#storage.kv.get<number>('tell_tries') ?? 0
    const tries = unreached.length === 0 ? 0 : triedBefore + 1
    if (tries !== triedBefore) this.#storage.kv.put('tell_tries', tries)
    if (tries > 0) await this.wakeWithin(Math.min(TELL_AGAIN_MS * 2 ** tries, TELL_AGAIN_MAX_MS))
    return unreached
  }

  /** Wakes up to tell. Called before a write that owes news. */
  async tellSoon(): Promise<void> {
    await this.#storage.setAlarm(systemNowMs() + TELL_AGAIN_MS)
  }

  /** Wakes up after so long, or earlier where something earlier is to be done. */
  async wakeWithin(waitMs: number): Promise<void> {
    const set = await this.#storage.getAlarm()
    const atMs = systemNowMs() + waitMs
    if (set === null || set > atMs) await this.#storage.setAlarm(atMs)
  }

  /** All of it or nothing. @param write without waiting for anything */
  atomically(write: () => void): void {
    this.#storage.transactionSync(write)
  }

  /**
   * One counter for all sources, so that a name that is deleted and used again never has an old version. It does not fall
   * behind the clock: guards remember what a registry told them that was lost since.
   */
  #nextVersion(nowMs: number): number {
    const version = Math.max(this.version() + 1, Math.floor(nowMs / 1_000))
    this.#storage.kv.put('version', version)
    return version
  }

  version(): number {
    return this.#storage.kv.get<number>('version') ?? 0
  }

  /** Not in the constructor: a registry without a key still lists. */
  seal(): Sealer {
    this.#sealer ??= sealer(readMasterKeys(this.#env.MASTER_KEY), 'secrets')
    return this.#sealer
  }

  /** What plans of this moment are made under. */
  planning(nowMs: number): Planning {
    return {
      sealer: this.seal(),
      nowMs,
      redisProblem: this.#redis.problem,
      leaks: this.tables.leaks,
      mark: (source, slot, secret) => this.audit.mark([source, slot, secret], this.seal()),
    }
  }

  async #decideAndWrite(name: string, who: Who, expectedVersion: number | null, decide: Decide) {
    const before = this.tables.find(name)
    const present = before?.version ?? 0
    if (expectedVersion !== null && expectedVersion !== present)
      return { ok: false, code: 'version_conflict', version: present } as const

    const nowMs = this.#nowMs()
    const plan = await decide(before, this.planning(nowMs))
    if (!plan.ok) return plan
    if (plan.next === 'unchanged') {
      if (before === undefined) throw new TypeError('a source that is not there cannot be unchanged')
      const source = this.tables.view(before, nowMs)
      return {
        ok: true,
        created: false,
        changed: false,
        version: null,
        source,
        link: null,
        news: undefined,
      } as const
    }
    const line = await this.audit.next(plan.draft, who, nowMs, this.seal())
    await this.tellSoon()
    return this.#storage.transactionSync(() => {
      this.audit.write(line)
      const { news, source } = this.write(name, before, plan.next, nowMs)
      plan.also?.(this.tables)
      return {
        ok: true,
        created: before === undefined,
        changed: true,
        version: plan.version,
        source: this.tables.view(source, nowMs),
        link: plan.link === undefined ? null : { endsAtMs: plan.link.endsAtMs },
        news,
      } as const
    })
  }

  /** Writes a source's next state and owes the news. Within a transaction, after `tellSoon`. */
  write(
    name: string,
    before: StoredSource | undefined,
    next: (Pick<StoredSource, 'config' | 'secrets'> & Partial<Pick<StoredSource, 'createdAtMs'>>) | null,
    nowMs: number,
  ): { readonly news: News; readonly source: StoredSource } {
    const version = this.#nextVersion(nowMs)
    const shards = Math.max(before?.config.guardShards ?? 1, next?.config.guardShards ?? 1)
    const news: News = { name, version, shards }
    this.tables.owe(news)
    if (next === null) {
      this.tables.remove(name)
      if (before === undefined) throw new TypeError('a source that is not there cannot be removed')
      return { news, source: before }
    }
    const source = { name, version, createdAtMs: before?.createdAtMs ?? nowMs, updatedAtMs: nowMs, ...next }
    this.tables.write(source)
    return { news, source }
  }

  async #tell(news: News): Promise<UnreachedGuard[]> {
    const unreached = await announce(news.name, news.shards, news.version, this.#env.GUARD, this.#redis)
    if (unreached.length === 0) this.tables.told(news)
    return unreached
  }
}
