/** What can be asked of the registry. Types only: the gateway and the console import these. */
import type { AuditHead, AuditLine } from './audit/chain.ts'
import type { AuditDraft, Who } from './audit/entry.ts'
import type { Walked } from './audit/verify.ts'
import type { Backup, RestoreResult } from './backup/backup.ts'
import type { Applied, Configuration, WantedConfiguration } from './sources/configuration.ts'
import type { IdempotencyApi } from './idempotency.ts'
import type { OperatorsApi } from './operators/operators.ts'
import type { Resealed, Resting } from './backup/reseal.ts'
import type {
  LinkRequest,
  MaintenancePage,
  Retrieved,
  RotateRequest,
  SecretResult,
} from './rotation/contract.ts'
import type { ChangeResult, SealedSource, SourceIndex, SourceView } from './sources/source.ts'

/** Calls that change something say who asks, and leave a line in the audit log. */
export interface RegistryApi extends OperatorsApi, IdempotencyApi {
  /**
   * Creates or replaces a source. A document without `secrets` keeps the ones that are stored.
   *
   * @param document as the operator sent it, already parsed from JSON
   * @param expectedVersion the version that the operator saw; 0 when there must be none yet; null when any will do
   */
  put(name: string, document: unknown, who: Who, expectedVersion: number | null): Promise<ChangeResult>
  /** Answers with the source as it was. */
  remove(name: string, who: Who, expectedVersion: number | null): Promise<ChangeResult>
  /** All sources as of one moment. */
  configuration(): Promise<Configuration>
  /** Brings all sources to what is wanted, or changes nothing. */
  apply(wanted: WantedConfiguration, who: Who): Promise<Applied>
  rotate(name: string, request: RotateRequest, who: Who): Promise<SecretResult>
  /** A pending or retiring version takes over. */
  activate(
    name: string,
    slot: string,
    version: number,
    graceSeconds: number | undefined,
    who: Who,
  ): Promise<SecretResult>
  /** @param force also where nothing is left that proves a delivery */
  revoke(name: string, slot: string, version: number, force: boolean, who: Who): Promise<SecretResult>
  /** Another link for a value that was made here and that nobody has fetched. */
  link(name: string, slot: string, version: number, link: LinkRequest, who: Who): Promise<SecretResult>
  /** Uses a link up: a version that waited becomes active. @param sha256 of its token, lower-case hex */
  retrieve(sha256: string, who: Who): Promise<Retrieved>
  /** The schedule's turn at some sources. @param after the `next` of the page before; empty for the first */
  rotateDueSecrets(after: string, who: Who): Promise<MaintenancePage>
  /** Seals some of what rests here anew under the newest master key. */
  reseal(): Promise<Resealed>
  resting(): Promise<Resting>
  view(name: string): Promise<SourceView | null>
  list(): Promise<SourceView[]>
  /** For the gateway. */
  load(name: string): Promise<SealedSource | null>
  /** For the gateway. */
  sourceIndex(knownVersion: number): Promise<SourceIndex>
  /** Records what an operator does outside of the registry, before it is done. */
  note(draft: AuditDraft, who: Who): Promise<void>
  backup(who: Who): Promise<Backup>
  /** @param replace whether sources that are there may go */
  restore(sealed: Uint8Array, replace: boolean, who: Who): Promise<RestoreResult>
  /** Lines of the audit log before a place, newest first. */
  auditBefore(seq: number, limit: number): Promise<AuditLine[]>
  /** Lines after a place, oldest first. */
  auditAfter(seq: number, limit: number): Promise<AuditLine[]>
  /** What the first line follows, and the last line. */
  auditHeads(): Promise<{ base: AuditHead; head: AuditHead }>
  /**
   * Whether lines follow a head without a change.
   *
   * @param lines lines that somebody kept, or how many of the stored ones
   */
  auditWalk(from: AuditHead, lines: readonly AuditLine[] | number): Promise<Walked>
}
