/** The calls of the registry. Types only: the gateway and the console import these. */
import type { KeyState } from '../platform/key-state.ts'
import type { CaptureWindow } from '../event/captured.ts'
import type { AuditHead, AuditLine } from './audit/chain.ts'
import type { AuditDraft, Who } from './audit/entry.ts'
import type { ChainResult } from './audit/verify.ts'
import type { Backup, RestoreOptions, RestoreResult } from './backup/backup.ts'
import type { ContainmentsApi } from './containment/containment.ts'
import type { Applied, Configuration, WantedConfiguration } from './sources/configuration.ts'
import type { ChannelsApi } from './channels/channel.ts'
import type { DestinationsApi } from './destinations/destination.ts'
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
import type { ChangeResult, SealedSource, SourceIndex, SourceView, WatchedSources } from './sources/source.ts'

/** Calls that change something name who asks, and write a line of the audit log. */
export interface RegistryApi
  extends OperatorsApi, IdempotencyApi, DestinationsApi, ChannelsApi, ContainmentsApi {
  /**
   * Creates or replaces a source. A document without `secrets` keeps the ones that are stored.
   *
   * @param document as the operator sent it, parsed from JSON
   * @param expectedVersion the version that the operator saw; 0 if the source must not exist; null for any
   */
  put(name: string, document: unknown, who: Who, expectedVersion: number | null): Promise<ChangeResult>
  /** Returns the source as it was. */
  remove(name: string, who: Who, expectedVersion: number | null): Promise<ChangeResult>
  /** Begins a capture of refused deliveries in place of an earlier one, or ends it. @param window null ends it */
  capture(name: string, window: CaptureWindow | null, who: Who): Promise<ChangeResult>
  /** All sources and destinations at one moment. */
  configuration(): Promise<Configuration>
  /** Changes all sources and destinations to match, in one transaction. */
  apply(wanted: WantedConfiguration, who: Who): Promise<Applied>
  rotate(name: string, request: RotateRequest, who: Who): Promise<SecretResult>
  /** Makes a pending or retiring version the active one. */
  activate(
    name: string,
    slot: string,
    version: number,
    graceSeconds: number | undefined,
    who: Who,
  ): Promise<SecretResult>
  /** @param force even if no secret would be left to authenticate deliveries with */
  revoke(name: string, slot: string, version: number, force: boolean, who: Who): Promise<SecretResult>
  /** A new link for a generated value that nobody has fetched. */
  link(name: string, slot: string, version: number, link: LinkRequest, who: Who): Promise<SecretResult>
  /** Fetches a value by its link, once. A pending version becomes active. @param sha256 of the token, lower-case hex */
  retrieve(sha256: string, who: Who): Promise<Retrieved>
  /** The scheduled run for one page of sources. @param after the `next` of the previous page; empty for the first page */
  rotateDueSecrets(after: string, who: Who): Promise<MaintenancePage>
  /** Reseals up to 200 secrets under the newest master key. */
  reseal(): Promise<Resealed>
  /** Counts stored secrets by the master key that they are sealed under. */
  resting(): Promise<Resting>
  /** For the health check. */
  keyState(): Promise<KeyState>
  view(name: string): Promise<SourceView | null>
  list(): Promise<SourceView[]>
  /** For the gateway. */
  load(name: string): Promise<SealedSource | null>
  /** For the gateway. */
  sourceIndex(knownVersion: number): Promise<SourceIndex>
  /** For the object that watches. */
  watchedSources(knownVersion: number): Promise<WatchedSources>
  /** Records an operator action outside of the registry, before it happens. */
  note(draft: AuditDraft, who: Who): Promise<void>
  backup(who: Who): Promise<Backup>
  restore(sealed: Uint8Array, options: RestoreOptions, who: Who): Promise<RestoreResult>
  /** Lines of the audit log before a sequence number, newest first. */
  auditBefore(seq: number, limit: number): Promise<AuditLine[]>
  /** Lines after a sequence number, oldest first. */
  auditAfter(seq: number, limit: number): Promise<AuditLine[]>
  /** The head that the first line follows, and the head of the log. */
  auditHeads(): Promise<{ base: AuditHead; head: AuditHead }>
  /**
   * Verifies that lines follow a head, unchanged.
   *
   * @param lines lines of an export, or how many stored lines to verify
   */
  verifyAudit(from: AuditHead, lines: readonly AuditLine[] | number): Promise<ChainResult>
}
