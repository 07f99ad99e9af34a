/**
 * Every change of the registry goes through here. Changes run one after the other. Each is planned, then written in one
 * transaction with its line of the audit log, then sent to the source's guards.
 *
 * Guards are notified before the operator has an answer. From then on every `admit` names the new version, and a gateway that
 * cached the old one reloads before it accepts anything. A guard that did not acknowledge is notified again.
 */
import { doubled } from '../platform/back-off.ts'
import { systemNowMs } from '../platform/clock.ts'
import { readMasterKeys } from '../platform/master-key.ts'
import { type Sealer, sealer } from '../platform/seal.ts'
import { notifyGuards } from './propagation/notify-guards.ts'
import type { AuditDraft, Who } from './audit/entry.ts'
import { AuditLog } from './audit/log.ts'
import type { DestinationRules } from '../platform/outbound-url.ts'
import type { DestinationConfig } from './destinations/document.ts'
import { DESTINATION_RULES } from './destinations/rules.ts'
import type { RegistryEnv } from './env.ts'
import type { DecideOn, Next, OwnerChanged, Owners, Written } from './owners/change.ts'
import type { OwnerRules, Stored } from './owners/owner.ts'
import type { OwnerTables } from './owners/owner-tables.ts'
import type { PlanContext } from './owners/plan.ts'
import { type RedisVersions, redisVersions } from './propagation/redis-versions.ts'
import type { UnreachedGuard } from '../api/sources.ts'
import type { SecretResult } from './rotation/contract.ts'
import type { SourceConfig } from './sources/document.ts'
import { SOURCE_RULES } from './sources/rules.ts'
import type { NotChanged } from './sources/source.ts'
import { type PendingNotification, RegistryTables, type StoredSource } from './sources/source-tables.ts'

/** Wait before a notification is sent again. It doubles with every failure, up to the maximum. */
const RETRY_MS = 5_000
const RETRY_MAX_MS = 600_000

/** Thousands of calls at once would only wait for each other. */
const NOTIFICATIONS_AT_ONCE = 25

export type Decide = DecideOn<SourceConfig>

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

  /** Changes one source. @param expectedVersion the version that the operator saw; null when any will do */
  async changeSource(
    name: string,
    who: Who,
    expectedVersion: number | null,
    decide: Decide,
  ): Promise<SecretResult> {
    const done = await this.inTurn(() =>
      this.#decideAndWrite(
        {
          contextOf: (nowMs) => this.planContext(SOURCE_RULES, nowMs),
          tables: this.tables,
          beforeWrite: () => this.scheduleNotifications(),
          write: (...change) => this.write(...change),
        },
        name,
        who,
        expectedVersion,
        decide,
      ),
    )
    if (!done.ok) return done
    const { notification, owner, ...changed } = done
    const source = this.tables.view(owner, this.#nowMs())
    return { ...changed, source, unreached: notification === null ? [] : await this.#notify(notification) }
  }

  /** Changes one destination. */
  changeDestination(
    name: string,
    who: Who,
    expectedVersion: number | null,
    decide: DecideOn<DestinationConfig>,
  ): Promise<OwnerChanged<DestinationConfig> | NotChanged> {
    const contextOf = (nowMs: number) => this.planContext(DESTINATION_RULES, nowMs)
    const owners = { tables: this.tables.destinations, contextOf }
    return this.changeUncached(owners, name, who, expectedVersion, decide)
  }

  /** Changes one destination or channel. No gateway caches them, so nobody is notified. */
  async changeUncached<Config, Context>(
    { tables, contextOf }: Pick<Owners<Config, Context>, 'tables' | 'contextOf'>,
    name: string,
    who: Who,
    expectedVersion: number | null,
    decide: DecideOn<Config, Context>,
  ): Promise<OwnerChanged<Config> | NotChanged> {
    const owners: Owners<Config, Context> = {
      contextOf,
      tables,
      beforeWrite: async () => undefined,
      write: (...change) => ({ notification: null, owner: this.writeOwner(tables, ...change) }),
    }
    return this.inTurn(() => this.#decideAndWrite(owners, name, who, expectedVersion, decide))
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
    if (tries > 0) await this.wakeWithin(doubled(RETRY_MS, RETRY_MAX_MS, tries + 1))
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
  planContext<Config>(rules: OwnerRules<Config>, nowMs: number): PlanContext<Config> {
    return {
      rules,
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

  async #decideAndWrite<Config, Context>(
    owners: Owners<Config, Context>,
    name: string,
    who: Who,
    expectedVersion: number | null,
    decide: DecideOn<Config, Context>,
  ): Promise<OwnerChanged<Config> | NotChanged> {
    const before = owners.tables.find(name)
    const present = before?.version ?? 0
    if (expectedVersion !== null && expectedVersion !== present)
      return { ok: false, code: 'version_conflict', version: present }

    const nowMs = this.#nowMs()
    const plan = await decide(before, owners.contextOf(nowMs))
    if (!plan.ok) return plan
    if (plan.next === 'unchanged') {
      if (before === undefined) throw new TypeError('what does not exist cannot be unchanged')
      const none = { version: null, link: null, notification: null } as const
      return { ok: true, created: false, changed: false, owner: before, ...none }
    }
    const line = await this.audit.next(plan.draft, who, nowMs, this.sealer())
    await owners.beforeWrite()
    return this.#storage.transactionSync(() => {
      this.audit.write(line)
      const { notification, owner } = owners.write(name, before, plan.next, nowMs)
      plan.also?.(this.tables.secrets)
      return {
        ok: true,
        created: before === undefined,
        changed: true,
        version: plan.version,
        owner,
        link: plan.link === undefined ? null : { endsAtMs: plan.link.endsAtMs },
        notification,
      } as const
    })
  }

  /** Writes a source's next state and its pending notification. Within a transaction, after `scheduleNotifications`. */
  write(
    name: string,
    before: StoredSource | undefined,
    next: Next<SourceConfig>,
    nowMs: number,
  ): Written<SourceConfig> {
    const source = this.writeOwner(this.tables, name, before, next, nowMs)
    const shards = Math.max(before?.config.guardShards ?? 1, next?.config.guardShards ?? 1)
    const notification: PendingNotification = { name, version: this.version(), shards }
    this.tables.addPendingNotification(notification)
    return { notification, owner: source }
  }

  /**
   * Writes the next state of an owner. Within a transaction.
   *
   * @returns what was written, or what was removed
   */
  writeOwner<Config>(
    tables: OwnerTables<Config>,
    name: string,
    before: Stored<Config> | undefined,
    next: Next<Config>,
    nowMs: number,
  ): Stored<Config> {
    const version = this.#nextVersion(nowMs)
    if (next === null) {
      if (before === undefined) throw new TypeError('what does not exist cannot be removed')
      tables.remove(name)
      return before
    }
    const owner = { name, version, createdAtMs: before?.createdAtMs ?? nowMs, updatedAtMs: nowMs, ...next }
    tables.write(owner)
    return owner
  }

  async #notify(notification: PendingNotification): Promise<UnreachedGuard[]> {
    const { name, shards, version } = notification
    const unreached = await notifyGuards(name, shards, version, this.#env.GUARD, this.#redis)
    if (unreached.length === 0) this.tables.acknowledge(notification)
    return unreached
  }
}
