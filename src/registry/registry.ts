/**
 * The registry: all sources, their secrets and the audit log, in one Durable Object. Secrets rest sealed and leave it sealed.
 *
 * Changes take turns. Each is decided first, then written with its line of the log in one transaction, then announced: the
 * guards of a source hear of it before the operator has an answer, so that every `admit` from then on names the new version
 * and a gateway that cached the old one reloads before it accepts anything. News that did not reach a guard is told again.
 */
import { DurableObject } from 'cloudflare:workers'
import * as v from 'valibot'
import { systemNowMs } from '../platform/clock.ts'
import { readMasterKeys } from '../platform/master-key.ts'
import { type Sealer, sealer } from '../platform/seal.ts'
import { type Guards, announce } from './announce.ts'
import type { AuditDraft, Who } from './audit/entry.ts'
import { AuditLog } from './audit/log.ts'
import { SourceNameSchema } from './document.ts'
import {
  type Plan,
  type Planning,
  type Unchanged,
  loadable,
  planActivate,
  planPut,
  planRemove,
  planRevoke,
  planRotate,
} from './plan.ts'
import type {
  ChangeResult,
  NotChanged,
  RegistryApi,
  Roster,
  RotateRequest,
  SealedSource,
  SecretResult,
  SourceView,
  UnreachedGuard,
} from './source.ts'
import { type News, RegistryTables, type StoredSource, viewOf } from './tables.ts'

export interface RegistryEnv {
  readonly MASTER_KEY?: string
  readonly GUARD: Guards
}

/** Past this the answer of `roster` would be too large for one call. */
const SOURCES_MAX = 10_000

/** News that did not reach everybody is told again after this. */
const TELL_AGAIN_MS = 5_000

type Decide = (before: StoredSource | undefined, planning: Planning) => Decided | Promise<Decided>
type Decided = Plan | Unchanged | NotChanged

export class Registry extends DurableObject<RegistryEnv> implements RegistryApi {
  readonly #tables: RegistryTables
  readonly #audit: AuditLog
  #sealer: Sealer | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(ctx: DurableObjectState, env: RegistryEnv) {
    super(ctx, env)
    this.#tables = new RegistryTables(ctx.storage.sql)
    this.#audit = new AuditLog(ctx.storage)
  }

  async put(
    name: string,
    document: unknown,
    who: Who,
    expectedVersion: number | null,
  ): Promise<ChangeResult> {
    if (!v.is(SourceNameSchema, name)) return BAD_NAME
    return this.#change(name, who, expectedVersion, (before, planning) => {
      if (before === undefined && this.#tables.count() >= SOURCES_MAX) return TOO_MANY
      return planPut(name, document, before, planning)
    })
  }

  async remove(name: string, who: Who, expectedVersion: number | null): Promise<ChangeResult> {
    return this.#change(name, who, expectedVersion, (before) =>
      before === undefined ? UNKNOWN : planRemove(name, before),
    )
  }

  async rotate(name: string, request: RotateRequest, who: Who): Promise<SecretResult> {
    return this.#change(name, who, null, (before, planning) =>
      before === undefined ? UNKNOWN : planRotate(before, request, planning),
    )
  }

  async activate(
    name: string,
    slot: string,
    version: number,
    graceSeconds: number | undefined,
    who: Who,
  ): Promise<SecretResult> {
    return this.#change(name, who, null, (before, planning) =>
      before === undefined ? UNKNOWN : planActivate(before, slot, version, graceSeconds, planning),
    )
  }

  async revoke(name: string, slot: string, version: number, force: boolean, who: Who): Promise<SecretResult> {
    return this.#change(name, who, null, (before, planning) =>
      before === undefined ? UNKNOWN : planRevoke(before, slot, version, force, planning),
    )
  }

  async note(draft: AuditDraft, who: Who): Promise<void> {
    await this.#inTurn(async () => {
      this.#audit.write(await this.#audit.next(draft, who, this.nowMs(), this.#seal()))
    })
  }

  async view(name: string): Promise<SourceView | null> {
    const source = this.#tables.find(name)
    return source === undefined ? null : viewOf(source)
  }

  /** All sources, by name. */
  async list(): Promise<SourceView[]> {
    return this.#tables.all().map(viewOf)
  }

  async load(name: string): Promise<SealedSource | null> {
    const source = this.#tables.find(name)
    if (source === undefined) return null
    const { version, config } = source
    return { name, version, config, secrets: loadable(source.secrets, this.nowMs()) }
  }

  async roster(knownVersion: number): Promise<Roster> {
    const version = this.ctx.storage.kv.get<number>('version') ?? 0
    return { version, names: version === knownVersion ? null : this.#tables.names() }
  }

  /** Tells again what somebody has not heard. */
  override async alarm(): Promise<void> {
    const unreached = await Promise.all(this.#tables.owed().map((news) => this.#tell(news)))
    if (unreached.flat().length > 0) await this.#tellAgain()
  }

  protected nowMs(): number {
    return systemNowMs()
  }

  async #change(
    name: string,
    who: Who,
    expectedVersion: number | null,
    decide: Decide,
  ): Promise<SecretResult> {
    const done = await this.#inTurn(() => this.#decideAndWrite(name, who, expectedVersion, decide))
    if (!done.ok) return done
    const { news, ...changed } = done
    if (news === undefined) return { ...changed, unreached: [] }
    return { ...changed, unreached: await this.#tell(news) }
  }

  async #decideAndWrite(name: string, who: Who, expectedVersion: number | null, decide: Decide) {
    const before = this.#tables.find(name)
    const present = before?.version ?? 0
    if (expectedVersion !== null && expectedVersion !== present)
      return { ok: false, code: 'version_conflict', version: present } as const

    const nowMs = this.nowMs()
    const plan = await decide(before, { sealer: this.#seal(), nowMs })
    if (!plan.ok) return plan
    if (plan.next === 'unchanged') {
      if (before === undefined) throw new TypeError('a source that is not there cannot be unchanged')
      return { ok: true, created: false, version: null, source: viewOf(before), news: undefined } as const
    }
    const { next, draft } = plan
    const line = await this.#audit.next(draft, who, nowMs, this.#seal())
    // Before the write: a process that dies after it must wake up to tell.
    await this.#tellAgain()
    return this.ctx.storage.transactionSync(() => {
      const version = this.#nextVersion()
      const written = {
        name,
        version,
        createdAtMs: before?.createdAtMs ?? nowMs,
        updatedAtMs: nowMs,
        ...next,
      }
      const shards = Math.max(before?.config.guardShards ?? 1, next?.config.guardShards ?? 1)
      const news: News = { name, version, shards }
      if (next === null) this.#tables.remove(name)
      else this.#tables.write({ ...written, ...next })
      this.#audit.write(line)
      this.#tables.owe(news)
      const source = next === null ? before : { ...written, ...next }
      if (source === undefined) throw new TypeError('a source that is not there cannot be removed')
      return {
        ok: true,
        created: before === undefined,
        version: plan.version,
        source: viewOf(source),
        news,
      } as const
    })
  }

  /** One change after the other, whatever became of the one before. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #tell(news: News): Promise<UnreachedGuard[]> {
    const unreached = await announce(news.name, news.shards, news.version, this.env.GUARD)
    if (unreached.length === 0) this.#tables.told(news)
    return unreached
  }

  async #tellAgain(): Promise<void> {
    await this.ctx.storage.setAlarm(systemNowMs() + TELL_AGAIN_MS)
  }

  /** One counter for all sources, so that a name that is deleted and used again never has an old version. */
  #nextVersion(): number {
    const version = (this.ctx.storage.kv.get<number>('version') ?? 0) + 1
    this.ctx.storage.kv.put('version', version)
    return version
  }

  /** Not in the constructor: a registry without a key still lists. */
  #seal(): Sealer {
    this.#sealer ??= sealer(readMasterKeys(this.env.MASTER_KEY), 'secrets')
    return this.#sealer
  }
}

const badName = (problem: string): NotChanged => ({
  ok: false,
  code: 'document_invalid',
  problems: [{ path: 'name', problem }],
})

const BAD_NAME = badName(
  'A source name has 1 to 64 lower-case letters, digits and hyphens, and neither begins nor ends with a hyphen.',
)
const TOO_MANY = badName(`There are ${SOURCES_MAX} sources already.`)
const UNKNOWN: NotChanged = { ok: false, code: 'source_unknown' }
