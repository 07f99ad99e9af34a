/** The calls of the object that talks to a source's ESP, by part. Types only: the console imports these. */
import type { BackfillStatus, PlannedAlone } from '../api/backfill.ts'
import type { SuppressionSync } from '../api/suppression-sync.ts'
import type { WebhookReport } from '../api/webhooks.ts'
import type { Span } from '../drivers/driver.ts'
import type { Who } from '../registry/audit/entry.ts'

export type Mending =
  | {
      readonly ok: true
      readonly done: boolean
      /** Empty if all is well. */
      readonly steps: readonly string[]
      /** Digest of the plan, of the key and of the webhooks of the account. */
      readonly of: string
      /** Whether the account, at which no webhook at our URL was seen, gets the stored password. */
      readonly givesPassword: boolean
      readonly report: WebhookReport
    }
  /** A sentence without a capital and a full stop. */
  | {
      readonly ok: false
      readonly code: 'cannot' | 'refused' | 'begun' | 'plan_changed'
      readonly says: string
    }

/** Why the ESP's API gave no answer that counts. */
export interface EspRefusal {
  readonly ok: false
  readonly code:
    /** The source, its key or a driver is missing. */
    | 'no_account'
    | 'key_unreadable'
    | 'key_refused'
    | 'key_too_weak'
    | 'not_found'
    | 'rate_limited'
    | 'over_budget'
    | 'unavailable'
    | 'refused'
    | 'too_large'
    | 'unreadable'
  /** Of the answer; null without one. */
  readonly status: number | null
  /** When to ask again, if the ESP or the budget says so. */
  readonly untilMs: number | null
}

/** Why a sync of suppressions has stopped. */
export interface SyncStop {
  readonly code: EspRefusal['code'] | 'over_bound' | 'leads_in_a_circle' | 'too_many' | 'ended'
  /** A sentence without a capital and a full stop. */
  readonly says: string
}

export type SyncCount = Readonly<SuppressionSync['counts'][number]>
export type SyncExample = Readonly<SuppressionSync['examples'][number]>

export interface SyncRequest {
  /** False compares alone. */
  readonly isRun: boolean
  /** Absent: as the source says. */
  readonly take?: boolean | undefined
  readonly send?: boolean | undefined
}

export interface SyncStatus extends Readonly<Pick<SuppressionSync, 'state' | 'step' | 'by' | 'directions'>> {
  readonly startedMs: number | null
  readonly changedMs: number | null
  /** When it goes on, if the ESP or the budget has it wait. */
  readonly untilMs: number | null
  readonly stopped: SyncStop | null
  /** Whether the ESP gives no more than the beginning of its list. */
  readonly isCut: boolean
  readonly counts: readonly SyncCount[]
  readonly examples: readonly SyncExample[]
  /** Reasons that the ESP's API can add. */
  readonly adds: readonly string[]
}

export interface EspAccountApi {
  /** How the last sync of suppressions stands. Null without a key, or where the ESP's API has no suppressions. */
  suppressionSync(): Promise<SyncStatus | null>
  /** Begins a sync, or goes on with one. Nothing changes while one runs. */
  beginSuppressionSync(request: SyncRequest): Promise<SyncStatus | null>
  endSuppressionSync(): Promise<SyncStatus | null>
  /** Removes an address from the ESP's list. Null if its API cannot. */
  removeSuppressionThere(entry: {
    readonly address: string
    readonly scope: string | null
  }): Promise<{ readonly ok: true } | { readonly ok: false; readonly says: string } | null>
  /** Runs what is due. */
  wake(): Promise<void>
  /** The source or its key was changed, or is gone. */
  changed(): Promise<void>
  /** How the webhook stood when the ESP was asked last. Null without an account, or if it was not asked yet. */
  webhook(): Promise<WebhookReport | null>
  /** Asks the ESP, unless an answer is not older than this. Null without an account. */
  check(maxAgeMs: number): Promise<WebhookReport | null>
  /** Makes the webhook right, or only says how. Null without an account. @param of digest of the plan that a person has read */
  mend(plan: boolean, who: Who, of?: string): Promise<Mending | null>
  /** How much a backfill would take. Null without an account. */
  planBackfill(span: Span): Promise<PlannedAlone | { readonly ok: false; readonly says: string } | null>
  /** Null without an account. */
  beginBackfill(span: Span, isForwarded: boolean): Promise<BackfillStatus | 'running' | null>
  /** The last one. Null without an account, or if there was none; so are the next two. */
  backfill(): Promise<BackfillStatus | null>
  stopBackfill(): Promise<BackfillStatus | null>
  resumeBackfill(): Promise<BackfillStatus | null>
}
