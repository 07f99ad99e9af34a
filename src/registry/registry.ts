/**
 * The registry: all sources, destinations and channels, their secrets and the audit log, in one Durable Object. It stores and returns secrets sealed. This
 * file has its calls. `changes.ts` writes a change, `sources/plan.ts` and `rotation/plan-secret.ts` decide what it is.
 */
import type { CaptureWindow } from '../event/captured.ts'
import { requestId } from '../platform/ids.ts'
import { readMasterKeys } from '../platform/master-key.ts'
import type { RegistryApi } from './api.ts'
import { applyConfiguration } from './sources/apply.ts'
import type { AuditHead, AuditLine } from './audit/chain.ts'
import type { AuditDraft, Who } from './audit/entry.ts'
import { type ChainResult, verifyChain } from './audit/verify.ts'
import { type Backup, Backups, type RestoreOptions, type RestoreResult } from './backup/backup.ts'
import { planCapture } from './capture/plan.ts'
import type { RegistryEnv } from './env.ts'
import { ChannelRegistry } from './channels/channel-registry.ts'
import { DestinationCalls } from './destinations/calls.ts'
import type {
  DestinationIndex,
  DestinationResult,
  DestinationView,
  PutOptions,
  SealedDestination,
} from './destinations/destination.ts'
import type { Applied, Configuration, WantedConfiguration } from './sources/configuration.ts'
import { fingerprintsOf } from './secrets/fingerprints.ts'
import { readDocument } from './sources/read-document.ts'
import { SOURCES_MAX, TOO_MANY_SOURCES, nameProblem } from './sources/names.ts'
import { loadable, planPut, planRemove } from './sources/plan.ts'
import type { KeyState } from '../platform/key-state.ts'
import { keyState, reseal, resting } from './backup/reseal.ts'
import { SecretCalls } from './rotation/secret-calls.ts'
import type { Resealed, Resting } from './backup/reseal.ts'
import type {
  LinkRequest,
  MaintenancePage,
  Retrieved,
  RotateRequest,
  SecretRequest,
  SecretResult,
} from './rotation/contract.ts'
import type {
  ChangeResult,
  DocumentProblem,
  NotChanged,
  SealedSource,
  SourceIndex,
  SourceView,
  WatchedSources,
} from './sources/source.ts'
import { rotateDueSecrets } from './rotation/maintenance.ts'

export class Registry extends ChannelRegistry implements RegistryApi {
  readonly #destinations: DestinationCalls
  readonly #secrets: SecretCalls

  constructor(ctx: DurableObjectState, env: RegistryEnv) {
    super(ctx, env)
    this.#secrets = new SecretCalls(
      this.changes,
      (input, init) => this.outbound(input, init),
      () => this.nowMs(),
      (ms) => this.pause(ms),
    )
    this.#destinations = new DestinationCalls(this.changes, () => this.nowMs())
  }

  async put(
    name: string,
    document: unknown,
    who: Who,
    expectedVersion: number | null,
  ): Promise<ChangeResult> {
    const problem = nameProblem(name)
    if (problem !== null) return badName(problem, await documentProblems(document))
    return this.changes.changeSource(name, who, expectedVersion, (before, context) => {
      if (before === undefined && this.changes.tables.count() >= SOURCES_MAX) return badName(TOO_MANY_SOURCES)
      return planPut(name, document, before, context)
    })
  }

  async remove(name: string, who: Who, expectedVersion: number | null): Promise<ChangeResult> {
    return this.changes.changeSource(name, who, expectedVersion, (before) =>
      before === undefined ? UNKNOWN : planRemove(name, before),
    )
  }

  async capture(name: string, window: CaptureWindow | null, who: Who): Promise<ChangeResult> {
    return this.changes.changeSource(name, who, null, (before, { nowMs }) =>
      planCapture(before, this.changes.tables.captures, window, nowMs),
    )
  }

  async configuration(): Promise<Configuration> {
    const [sources, destinations, channels] = await Promise.all([
      this.list(),
      this.destinations(),
      this.channels(),
    ])
    return { version: this.changes.version(), sources, destinations, channels }
  }

  async apply(wanted: WantedConfiguration, who: Who): Promise<Applied> {
    return applyConfiguration(this.changes, wanted, who, this.nowMs())
  }

  async rotate(name: string, request: RotateRequest, who: Who): Promise<SecretResult> {
    return this.#secrets.rotate(name, request, who)
  }

  async activate(
    name: string,
    slot: string,
    version: number,
    graceSeconds: number | undefined,
    who: Who,
  ): Promise<SecretResult> {
    return this.#secrets.activate(name, slot, version, graceSeconds, who)
  }

  async revoke(name: string, slot: string, version: number, force: boolean, who: Who): Promise<SecretResult> {
    return this.#secrets.revoke(name, slot, version, force, who)
  }

  async link(
    name: string,
    slot: string,
    version: number,
    link: LinkRequest,
    who: Who,
  ): Promise<SecretResult> {
    return this.#secrets.link(name, slot, version, link, who)
  }

  async retrieve(sha256: string, who: Who): Promise<Retrieved> {
    return this.#secrets.retrieve(sha256, who)
  }

  async putDestination(
    name: string,
    document: unknown,
    who: Who,
    expectedVersion: number | null,
    options?: PutOptions,
  ): Promise<DestinationResult> {
    return this.#destinations.putDestination(name, document, who, expectedVersion, options)
  }

  async removeDestination(
    name: string,
    who: Who,
    expectedVersion: number | null,
  ): Promise<DestinationResult> {
    return this.#destinations.removeDestination(name, who, expectedVersion)
  }

  async changeDestinationSecret(name: string, request: SecretRequest, who: Who): Promise<DestinationResult> {
    return this.#destinations.changeDestinationSecret(name, request, who)
  }

  async destination(name: string): Promise<DestinationView | null> {
    return this.#destinations.destination(name)
  }

  async destinations(): Promise<DestinationView[]> {
    return this.#destinations.destinations()
  }

  async loadDestination(name: string): Promise<SealedDestination | null> {
    return this.#destinations.loadDestination(name)
  }

  async destinationIndex(knownVersion: number): Promise<DestinationIndex> {
    return this.#destinations.destinationIndex(knownVersion)
  }

  async reseal(): Promise<Resealed> {
    const { audit } = this.changes
    const masters = readMasterKeys(this.env.MASTER_KEY)
    return this.changes.inTurn(() => reseal(this.ctx.storage.sql, audit, this.changes.sealer(), masters))
  }

  async resting(): Promise<Resting> {
    const [newest] = readMasterKeys(this.env.MASTER_KEY)
    return resting(this.ctx.storage.sql, this.changes.audit, newest.version)
  }

  async keyState(): Promise<KeyState> {
    const masters = readMasterKeys(this.env.MASTER_KEY)
    return keyState(this.ctx.storage.sql, this.changes.audit, this.changes.sealer(), masters)
  }

  async rotateDueSecrets(after: string, who: Who): Promise<MaintenancePage> {
    return rotateDueSecrets(this.changes, this.#secrets, after, who, this.nowMs())
  }

  async note(draft: AuditDraft, who: Who): Promise<void> {
    await this.changes.withAudit(draft, who, () => undefined)
  }

  async auditBefore(seq: number, limit: number): Promise<AuditLine[]> {
    return this.changes.audit.before(seq, limit)
  }

  async auditAfter(seq: number, limit: number): Promise<AuditLine[]> {
    return this.changes.audit.after(seq, limit)
  }

  async auditHeads(): Promise<{ base: AuditHead; head: AuditHead }> {
    return { base: this.changes.audit.base(), head: this.changes.audit.head() }
  }

  async verifyAudit(from: AuditHead, lines: readonly AuditLine[] | number): Promise<ChainResult> {
    const { audit } = this.changes
    const chain = typeof lines === 'number' ? audit.after(from.seq, lines) : lines
    return verifyChain(from, chain, await audit.key(this.changes.sealer()))
  }

  /** All sources and their secrets, sealed. */
  async backup(who: Who): Promise<Backup> {
    return this.#backups().make(who)
  }

  async restore(sealed: Uint8Array, options: RestoreOptions, who: Who): Promise<RestoreResult> {
    return this.#backups().restore(sealed, options, who)
  }

  async view(name: string): Promise<SourceView | null> {
    const source = this.changes.tables.find(name)
    if (source === undefined) return null
    const fingerprints = await fingerprintsOf(() => this.changes.sealer(), source)
    return { ...this.changes.tables.view(source, this.nowMs()), fingerprints }
  }

  /** All sources, by name. */
  async list(): Promise<SourceView[]> {
    const { tables } = this.changes
    return tables.all().map((source) => tables.view(source, this.nowMs()))
  }

  async load(name: string): Promise<SealedSource | null> {
    const source = this.changes.tables.find(name)
    if (source === undefined) return null
    const { version, config } = source
    const nowMs = this.nowMs()
    const capture = this.changes.tables.captures.at(name, nowMs)
    const containment = this.changes.tables.containments.measures(name, nowMs)
    return { name, version, config, secrets: loadable(source.secrets, nowMs), capture, containment }
  }

  async sourceIndex(knownVersion: number): Promise<SourceIndex> {
    const version = this.changes.version()
    return { version, names: version === knownVersion ? null : this.changes.tables.names() }
  }

  async watchedSources(knownVersion: number): Promise<WatchedSources> {
    const version = this.changes.version()
    return { version, sources: version === knownVersion ? null : this.changes.tables.watched() }
  }

  /** Retries notifications of guards and installs at ESPs, and deletes expired answers. */
  override async alarm(): Promise<void> {
    await this.changes.sendPendingNotifications()
    await this.answers.deleteExpired(this.nowMs())
    const { installer } = this.#secrets
    await installer.installDue({ actor: 'schedule', from: null, requestId: requestId(), reason: null })
    const nextTryInMs = installer.nextTryInMs()
    if (nextTryInMs !== null) await this.changes.wakeWithin(nextTryInMs)
  }

  #backups(): Backups {
    return new Backups(this.changes, this.operators, this.env.MASTER_KEY, () => this.nowMs())
  }

  protected pause(ms: number): Promise<void> {
    return scheduler.wait(ms)
  }

  protected outbound(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
    return fetch(input, init)
  }
}

const badName = (problem: string, others: readonly DocumentProblem[] = []): NotChanged => ({
  ok: false,
  code: 'document_invalid',
  problems: [{ path: 'name', problem }, ...others],
})

async function documentProblems(document: unknown): Promise<readonly DocumentProblem[]> {
  const read = await readDocument(document, undefined)
  return read.ok ? [] : read.problems
}

const UNKNOWN: NotChanged = { ok: false, code: 'source_unknown' }
