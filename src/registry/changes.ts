/**
 * Every change of the registry goes through here. Changes run one after the other. Each is planned, then written in one
 * transaction with its line of the audit log, then sent to the source's guards.
 *
 * Guards are notified before the operator has an answer. From then on every `admit` names the new version, and a gateway that
 * cached the old one reloads before it accepts anything. A guard that did not acknowledge is notified again.
 */
import { systemNowMs } from '../platform/clock.ts'
import { readMasterKeys } from '../platform/master-key.ts'
import type { RedisEnv } from '../platform/redis.ts'
import { type Sealer, sealer } from '../platform/seal.ts'
import { type Guards, notifyGuards } from './propagation/notify-guards.ts'
import type { AuditDraft, Who } from './audit/entry.ts'
import { AuditLog } from './audit/log.ts'
import type { Plan, PlanContext, Unchanged } from './sources/plan.ts'
import { type RedisVersions, redisVersions } from './propagation/redis-versions.ts'
import type { UnreachedGuard } from './propagation/notify-guards.ts'
import type { SecretResult } from './rotation/contract.ts'
import type { NotChanged } from './sources/source.ts'
import { type PendingNotification, RegistryTables, type StoredSource } from './sources/source-tables.ts'

export interface RegistryEnv extends RedisEnv {
  readonly MASTER_KEY?: string
  readonly GUARD: Guards
}

/** Wait before a notification is sent again. It doubles with every failure, up to the maximum. */
const RETRY_MS = 5_000
const RETRY_MAX_MS = 600_000

/** Thousands of calls at once would only wait for each other. */
const NOTIFICATIONS_AT_ONCE = 25

export type Decide = (before: StoredSource | undefined, context: PlanContext) => Decided | Promise<Decided>
export type Decided = Plan | Unchanged | NotChanged

export class Changes {
  readonly tables: RegistryTables
  readonly audit: AuditLog
  readonly #storage: DurableObjectStorage
  readonly #env: RegistryEnv
  readonly #nowMs: () => number
  readonly #redis: RedisVersions
  #sealer: Sealer | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(ctx: DurableObjectState, env: RegistryEnv, nowMs: () => number) {
    this.tables = new RegistryTables(ctx.storage.sql)
    this.audit = new AuditLog(ctx.storage)
    this.#storage = ctx.storage
    this.#env = env
    this.#nowMs = nowMs
    this.#redis = redisVersions(env, ctx.id.toString())
  }

  /** Changes one source. @param expectedVersion the version that the operator saw; null when any will do */
  async changeSource(
    name: string,
    who: Who,
    expectedVersion: number | null,
    decide: Decide,
  ): Promise<SecretResult> {
    const done = await this.inTurn(() => this.#decideAndWrite(name, who, expectedVersion, decide))
    if (!done.ok) return done
    const { notification, ...changed } = done
    if (notification === undefined) return { ...changed, unreached: [] }
    return { ...changed, unreached: await this.#notify(notification) }
  }

  /**
   * Writes something that gateways do not cache, in one transaction with its line of the audit log.
   *
   * @param write must be synchronous
   */
  async withAudit<T>(draft: AuditDraft, who: Who, write: () => T): Promise<T> {
    return this.inTurn(async () => {
      const line = await this.audit.next(draft, who, this.#nowMs(), this.sealer())
      return this.#storage.transactionSync(() => {
        this.audit.write(line)
        return write()
      })
    })
  }

  /** Runs after all work that was passed in before, whether that succeeded or failed. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  /**
   * Sends notifications that not all guards have acknowledged. The alarm calls this too: an object that crashes after a write
   * has not sent its own.
   *
   * @param isUrgent whether to send a source's notification now; the alarm sends the others
   */
  async sendPendingNotifications(
    isUrgent: (name: string) => boolean = () => true,
  ): Promise<UnreachedGuard[]> {
    const pending = this.tables.pendingNotifications().filter(({ name }) => isUrgent(name))
    const unreached: UnreachedGuard[] = []
    for (let i = 0; i < pending.length; i += NOTIFICATIONS_AT_ONCE) {
      const batch = pending.slice(i, i + NOTIFICATIONS_AT_ONCE)
      const results = await Promise.all(batch.map((notification) => this.#notify(notification)))
      unreached.push(...results.flat())
    }
    const triedBefore = this.#storage.kv.get<number>('notification_tries') ?? 0
    const tries = unreached.length === 0 ? 0 : triedBefore + 1
    if (tries !== triedBefore) this.#storage.kv.put('notification_tries', tries)
    if (tries > 0) await this.wakeWithin(Math.min(RETRY_MS * 2 ** tries, RETRY_MAX_MS))
    return unreached
  }

  /** Sets the alarm. Called before a write that adds a pending notification. */
  async scheduleNotifications(): Promise<void> {
    await this.#storage.setAlarm(systemNowMs() + RETRY_MS)
  }

  /** Sets the alarm, unless an earlier one is set. */
  async wakeWithin(waitMs: number): Promise<void> {
    const set = await this.#storage.getAlarm()
    const atMs = systemNowMs() + waitMs
    if (set === null || set > atMs) await this.#storage.setAlarm(atMs)
  }

  /** One transaction. @param write must be synchronous */
  atomically(write: () => void): void {
    this.#storage.transactionSync(write)
  }

  /**
   * One counter for all sources: a name that is deleted and used again never gets an old version. The counter is never less
   * than the time in seconds: guards remember versions of a registry that was lost.
   */
  #nextVersion(nowMs: number): number {
    const version = Math.max(this.version() + 1, Math.floor(nowMs / 1_000))
    this.#storage.kv.put('version', version)
    return version
  }

  version(): number {
    return this.#storage.kv.get<number>('version') ?? 0
  }

  /** Made on first use: a registry without a master key can still list its sources. */
  sealer(): Sealer {
    this.#sealer ??= sealer(readMasterKeys(this.#env.MASTER_KEY), 'secrets')
    return this.#sealer
  }

  /** What a plan depends on besides the source. */
  planContext(nowMs: number): PlanContext {
    return {
      sealer: this.sealer(),
      nowMs,
      redisProblem: this.#redis.problem,
      leaks: this.tables.leaks,
      keyedHash: (source, slot, secret) => this.audit.keyedHash([source, slot, secret], this.sealer()),
    }
  }

  async #decideAndWrite(name: string, who: Who, expectedVersion: number | null, decide: Decide) {
    const before = this.tables.find(name)
    const present = before?.version ?? 0
    if (expectedVersion !== null && expectedVersion !== present)
      return { ok: false, code: 'version_conflict', version: present } as const

    const nowMs = this.#nowMs()
    const plan = await decide(before, this.planContext(nowMs))
    if (!plan.ok) return plan
    if (plan.next === 'unchanged') {
      if (before === undefined) throw new TypeError('a source that does not exist cannot be unchanged')
      const source = this.tables.view(before, nowMs)
      return {
        ok: true,
        created: false,
        changed: false,
        version: null,
        source,
        link: null,
        notification: undefined,
      } as const
    }
    const line = await this.audit.next(plan.draft, who, nowMs, this.sealer())
    await this.scheduleNotifications()
    return this.#storage.transactionSync(() => {
      this.audit.write(line)
      const { notification, source } = this.write(name, before, plan.next, nowMs)
      plan.also?.(this.tables)
      return {
        ok: true,
        created: before === undefined,
        changed: true,
        version: plan.version,
        source: this.tables.view(source, nowMs),
        link: plan.link === undefined ? null : { endsAtMs: plan.link.endsAtMs },
        notification,
      } as const
    })
  }

  /** Writes a source's next state and its pending notification. Within a transaction, after `scheduleNotifications`. */
  write(
    name: string,
    before: StoredSource | undefined,
    next: (Pick<StoredSource, 'config' | 'secrets'> & Partial<Pick<StoredSource, 'createdAtMs'>>) | null,
    nowMs: number,
  ): { readonly notification: PendingNotification; readonly source: StoredSource } {
    const version = this.#nextVersion(nowMs)
    const shards = Math.max(before?.config.guardShards ?? 1, next?.config.guardShards ?? 1)
    const notification: PendingNotification = { name, version, shards }
    this.tables.addPendingNotification(notification)
    if (next === null) {
      this.tables.remove(name)
      if (before === undefined) throw new TypeError('a source that does not exist cannot be removed')
      return { notification, source: before }
    }
    const source = { name, version, createdAtMs: before?.createdAtMs ?? nowMs, updatedAtMs: nowMs, ...next }
    this.tables.write(source)
    return { notification, source }
  }

  async #notify(notification: PendingNotification): Promise<UnreachedGuard[]> {
    const { name, shards, version } = notification
    const unreached = await notifyGuards(name, shards, version, this.#env.GUARD, this.#redis)
    if (unreached.length === 0) this.tables.acknowledge(notification)
    return unreached
  }
}
