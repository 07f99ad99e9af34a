/**
 * Every change of the registry goes through here. Changes run one after the other. Each is planned, then written in one
 * transaction with its line of the audit log, then sent to the source's guards.
 *
 * Guards are notified before the operator has an answer. From then on every `admit` names the new version, and a gateway that
 * cached the old one reloads before it accepts anything. A guard that did not acknowledge is notified again.
 */
import { wakeWithin } from '../platform/alarm.ts'
import { doubled } from '../platform/back-off.ts'
import { systemNowMs } from '../platform/clock.ts'
import { readMasterKeys } from '../platform/master-key.ts'
import type { DestinationRules } from '../platform/outbound-url.ts'
import { type Sealer, sealer } from '../platform/seal.ts'
import type { AuditDraft, Who } from './audit/entry.ts'
import { AuditLog } from './audit/log.ts'
import type { RegistryEnv } from './env.ts'
import type { ChangeResult, Changed } from './owners/changed.ts'
import type { Stored } from './owners/owner.ts'
import type { OwnerTables } from './owners/owner-tables.ts'
import type { Decide, PlanContext } from './owners/plan.ts'
import type { UnreachedGuard } from '../api/sources.ts'
import { notifyGuards } from './propagation/notify-guards.ts'
import type { PendingNotification } from './propagation/pending-notifications.ts'
import { type RedisVersions, redisVersions } from './propagation/redis-versions.ts'
import type { NotChanged } from './sources/source.ts'
import type { RetentionSettings } from './retention/document.ts'
import { RegistryTables } from './tables.ts'

/** Wait before a notification is sent again. It doubles with every failure, up to the maximum. */
const RETRY_MS = 5_000
const RETRY_MAX_MS = 600_000

/** Thousands of calls at once would only wait for each other. */
const NOTIFICATIONS_AT_ONCE = 25

/** The next state; null when the owner is removed. */
type Next<Config> =
  | (Pick<Stored<Config>, 'config' | 'secrets'> & Partial<Pick<Stored<Config>, 'createdAtMs'>>)
  | null

interface Written<Config> {
  /** The owner that was written, or that was removed. */
  readonly owner: Stored<Config>
  /** Null if no gateway caches such owners. */
  readonly notification: PendingNotification | null
}

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
    this.tables = new RegistryTables(ctx.storage)
    this.audit = new AuditLog(ctx.storage)
    this.#storage = ctx.storage
    this.#env = env
    this.#nowMs = nowMs
    this.#redis = redisVersions(env, ctx.id.toString())
  }

  /** Changes one owner. @param expectedVersion the version that the operator saw; null when any will do */
  async change<Config>(
    tables: OwnerTables<Config>,
    name: string,
    who: Who,
    expectedVersion: number | null,
    decide: Decide<Config>,
  ): Promise<ChangeResult<Stored<Config>>> {
    const done = await this.inTurn(() => this.#decideAndWrite(tables, name, who, expectedVersion, decide))
    if (!done.ok) return done
    const { notification, ...changed } = done
    return { ...changed, unreached: notification === null ? [] : await this.#notify(notification) }
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
    const pending = this.tables.pendingNotifications.all().filter(({ name }) => isUrgent(name))
    const unreached: UnreachedGuard[] = []
    for (let i = 0; i < pending.length; i += NOTIFICATIONS_AT_ONCE) {
      const batch = pending.slice(i, i + NOTIFICATIONS_AT_ONCE)
      const results = await Promise.all(batch.map((notification) => this.#notify(notification)))
      unreached.push(...results.flat())
    }
    const triedBefore = this.#storage.kv.get<number>('notification_tries') ?? 0
    const tries = unreached.length === 0 ? 0 : triedBefore + 1
    if (tries !== triedBefore) this.#storage.kv.put('notification_tries', tries)
    if (tries > 0) await this.wakeWithin(doubled(RETRY_MS, RETRY_MAX_MS, tries + 1))
    return unreached
  }

  /** Sets the alarm. Called before a write that adds a pending notification. */
  async scheduleNotifications(): Promise<void> {
    await this.#storage.setAlarm(systemNowMs() + RETRY_MS)
  }

  /** Sets the alarm, unless an earlier one is coming. */
  wakeWithin(waitMs: number): Promise<void> {
    return wakeWithin(this.#storage, waitMs, systemNowMs())
  }

  /** One transaction. @param write must be synchronous */
  atomically(write: () => void): void {
    this.#storage.transactionSync(write)
  }

  /**
   * One counter for all sources, destinations and channels: a name that is deleted and used again never gets an old version. The counter is never less
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

  /** Context of a plan besides the owner. */
  planContext(nowMs: number): PlanContext {
    return {
      sealer: this.sealer(),
      nowMs,
      redisProblem: this.#redis.problem,
      leaks: this.tables.secrets.leaks,
      keyedHash: (owner, slot, secret) => this.audit.keyedHash([owner, slot, secret], this.sealer()),
    }
  }

  /** Where destinations may be. @param ownHosts hosts of this installation, as far as the caller knows them */
  urlPolicy(ownHosts: readonly string[]): DestinationRules {
    return { allowPrivate: this.#env.PRIVATE_DESTINATIONS === 'allowed', ownHosts }
  }

  async #decideAndWrite<Config>(
    tables: OwnerTables<Config>,
    name: string,
    who: Who,
    expectedVersion: number | null,
    decide: Decide<Config>,
  ): Promise<(Omit<Changed<Stored<Config>>, 'unreached'> & Written<Config>) | NotChanged> {
    const before = tables.find(name)
    const present = before?.version ?? 0
    if (expectedVersion !== null && expectedVersion !== present)
      return { ok: false, code: 'version_conflict', version: present }

    const nowMs = this.#nowMs()
    const plan = await decide(before, this.planContext(nowMs))
    if (!plan.ok) return plan
    if (plan.next === 'unchanged') {
      if (before === undefined) throw new TypeError('what does not exist cannot be unchanged')
      const none = { version: null, link: null, notification: null } as const
      return { ok: true, created: false, changed: false, owner: before, ...none }
    }
    const line = await this.audit.next(plan.draft, who, nowMs, this.sealer())
    const { guardShards, cachedWith } = tables.kind
    if (guardShards !== undefined || cachedWith !== undefined) await this.scheduleNotifications()
    return this.#storage.transactionSync(() => {
      this.audit.write(line)
      const written = this.write(tables, name, before, plan.next, nowMs)
      plan.also?.(this.tables.secrets)
      return {
        ok: true,
        created: before === undefined,
        changed: true,
        version: plan.version,
        link: plan.link === undefined ? null : { endsAtMs: plan.link.endsAtMs },
        ...written,
      } as const
    })
  }

  /**
   * Writes the next state of an owner, and its pending notification if gateways cache it. Within a transaction, after
   * `scheduleNotifications`.
   *
   * @returns the owner that was written, or that was removed
   */
  write<Config>(
    tables: OwnerTables<Config>,
    name: string,
    before: Stored<Config> | undefined,
    next: Next<Config>,
    nowMs: number,
  ): Written<Config> {
    const version = this.#nextVersion(nowMs)
    const { guardShards } = tables.kind
    const shardsOf = (state: { readonly config: Config } | null | undefined) =>
      state ? (guardShards?.(state.config) ?? 1) : 1
    const notification =
      guardShards === undefined ? null : { name, version, shards: Math.max(shardsOf(before), shardsOf(next)) }
    if (notification !== null) this.tables.pendingNotifications.add(notification)
    this.#renewSources(tables, [before, next], version)
    if (next === null) {
      if (before === undefined) throw new TypeError('what does not exist cannot be removed')
      tables.remove(name)
      return { owner: before, notification }
    }
    const owner = { name, version, createdAtMs: before?.createdAtMs ?? nowMs, updatedAtMs: nowMs, ...next }
    tables.write(owner)
    return { owner, notification }
  }

  /** Makes gateways load sources again with which they cache something of an owner that changes. The alarm tells the guards. */
  #renewSources<Config>(
    { kind: { cachedWith } }: OwnerTables<Config>,
    states: readonly ({ readonly config: Config } | null | undefined)[],
    version: number,
  ): void {
    const cached = states.flatMap((state) => (state && cachedWith?.(state.config)) || [])
    if (cached.length === 0) return
    for (const { name, config } of this.tables.sources.configs()) {
      if (!cached.includes('all') && !cached.includes(name)) continue
      this.tables.sources.renewals.set(name, version)
      this.tables.pendingNotifications.add({ name, version, shards: config.guardShards })
    }
  }

  /** Writes the retention document. Within a transaction. */
  writeRetention(settings: RetentionSettings, sealedHolds: Uint8Array, nowMs: number): void {
    const version = this.#nextVersion(nowMs)
    this.tables.retention.write({ version, updatedAtMs: nowMs, settings, sealedHolds })
  }

  async #notify(notification: PendingNotification): Promise<UnreachedGuard[]> {
    const { name, shards, version } = notification
    const unreached = await notifyGuards(name, shards, version, this.#env.GUARD, this.#redis)
    if (unreached.length === 0) this.tables.pendingNotifications.acknowledge(notification)
    return unreached
  }
}
