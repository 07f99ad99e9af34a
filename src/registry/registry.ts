/**
 * The registry: all sources, destinations and channels, their secrets, the audit log, retention and erasures, in one Durable Object. It stores
 * and returns secrets sealed. Its calls are in members by noun: `registry.channels.put(…)` is one round trip. A Worker has by its
 * type only the members that it may use, see `members.ts`. `changes.ts` writes a change, `owners/plan.ts` and
 * `rotation/plan-secret.ts` decide what it is.
 */
import { DurableObject } from 'cloudflare:workers'
import type { ChannelConfig } from '../channels/document.ts'
import { requestId } from '../platform/ids.ts'
import { SYSTEM, type System } from '../platform/system.ts'
import { Audit } from './audit/audit.ts'
import { Backups } from './backup/backup.ts'
import { MasterKeys } from './backup/master-key.ts'
import { Changes } from './changes.ts'
import type { ChannelView } from './channels/channel.ts'
import { viewOf } from './channels/view.ts'
import { Containments } from './containment/containments.ts'
import { Destinations } from './destinations/destinations.ts'
import { Drills } from './drills/drills.ts'
import type { RegistryEnv } from './env.ts'
import { Erasures } from './erasures/erasures.ts'
import { Idempotency, deleteExpiredKeys } from './idempotency.ts'
import { Installer } from './installation/installer.ts'
import { Operators } from './operators/operators.ts'
import { OperatorTables } from './operators/operator-tables.ts'
import { Owners } from './owners/owners.ts'
import { GeneratedSecrets } from './rotation/generated-secrets.ts'
import { Retention } from './retention/retention.ts'
import { Snapshots } from './snapshots.ts'
import { WholeConfiguration } from './sources/apply.ts'
import { Sources } from './sources/sources.ts'

function membersOf(ctx: DurableObjectState, env: RegistryEnv, { nowMs, fetch, pause }: System) {
  const { storage } = ctx
  const changes = new Changes(ctx, env, nowMs)
  const operatorTables = new OperatorTables(storage)
  const installer = new Installer(changes, fetch, nowMs)
  const sources = new Sources({ changes, installer, nowMs, pause })
  const destinations = new Destinations(changes)
  const channels = new Owners<ChannelConfig, ChannelView>({
    changes,
    tables: changes.tables.channels,
    viewOf,
  })
  return {
    changes,
    installer,
    sources,
    destinations,
    channels,
    configuration: new WholeConfiguration({ changes, sources, destinations, channels, nowMs }),
    secrets: new GeneratedSecrets(changes, sources, nowMs),
    containments: new Containments(changes),
    operators: new Operators(changes, operatorTables, storage.kv, nowMs),
    idempotency: new Idempotency(storage, (waitMs) => changes.wakeWithin(waitMs)),
    audit: new Audit(changes, storage.sql),
    backups: new Backups(changes, operatorTables, env.MASTER_KEY, nowMs),
    retention: new Retention(changes, nowMs),
    erasures: new Erasures(changes, nowMs),
    drills: new Drills(changes, storage.kv, nowMs),
    masterKeys: new MasterKeys(changes, storage.sql, env.MASTER_KEY),
    snapshots: new Snapshots(changes, nowMs),
  }
}

/** Calls that change something name who asks, and write a line of the audit log. */
export class Registry extends DurableObject<RegistryEnv> {
  readonly #nowMs: () => number
  readonly #members: ReturnType<typeof membersOf>

  /** @param system another one in tests; the platform gives none */
  constructor(ctx: DurableObjectState, env: RegistryEnv, system: System = SYSTEM) {
    super(ctx, env)
    this.#nowMs = system.nowMs
    this.#members = membersOf(ctx, env, system)
  }

  // The platform lets a caller reach getters, and no properties of the instance.

  get sources() {
    return this.#members.sources
  }

  get destinations() {
    return this.#members.destinations
  }

  get channels() {
    return this.#members.channels
  }

  get configuration() {
    return this.#members.configuration
  }

  get secrets() {
    return this.#members.secrets
  }

  get containments() {
    return this.#members.containments
  }

  get operators() {
    return this.#members.operators
  }

  get idempotency() {
    return this.#members.idempotency
  }

  get audit() {
    return this.#members.audit
  }

  get backups() {
    return this.#members.backups
  }

  get retention() {
    return this.#members.retention
  }

  get erasures() {
    return this.#members.erasures
  }

  get drills() {
    return this.#members.drills
  }

  get masterKeys() {
    return this.#members.masterKeys
  }

  get snapshots() {
    return this.#members.snapshots
  }

  /** Retries notifications of guards and installs at ESPs, and deletes expired answers. */
  override async alarm(): Promise<void> {
    const { changes, installer } = this.#members
    await changes.sendPendingNotifications()
    const expiresInMs = deleteExpiredKeys(this.ctx.storage.sql, this.#nowMs())
    if (expiresInMs !== null) await changes.wakeWithin(expiresInMs)
    await installer.installDue({ actor: 'schedule', from: null, requestId: requestId(), reason: null })
    const nextTryInMs = installer.nextTryInMs()
    if (nextTryInMs !== null) await changes.wakeWithin(nextTryInMs)
  }
}
