/** The calls about retention: the document, and what the nightly task did. */
import { RpcTarget } from 'cloudflare:workers'
import type { DocumentProblem } from '../../platform/document-problems.ts'
import type { JsonObject } from '../../platform/json.ts'
import { toInstant } from '../../platform/time.ts'
import { type AuditDraft, type Who, hasReason } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import { type Hold, type RetentionSettings, isShortened, readRetention } from './document.ts'
import type { RetentionKind } from './kinds.ts'
import type { KindRun, RetentionState } from './table.ts'

export type RefusedRetention =
  | { readonly ok: false; readonly code: 'document_invalid'; readonly problems: readonly DocumentProblem[] }
  | { readonly ok: false; readonly code: 'version_conflict'; readonly version: number }
  /** Less is kept than before, and nobody said why. */
  | { readonly ok: false; readonly code: 'reason_needed' }

export type PutRetention =
  | { readonly ok: true; readonly changed: boolean; readonly state: RetentionState }
  | RefusedRetention

/** A change of the document. */
export interface RetentionPlan {
  readonly settings: RetentionSettings
  readonly holds: readonly Hold[]
  readonly isUnchanged: boolean
  readonly draft: AuditDraft
}

/** @returns the change, or the problems of the document */
export function planRetention(
  document: unknown,
  before: Pick<RetentionState, 'settings' | 'holds'>,
  nowMs: number,
): RetentionPlan | readonly DocumentProblem[] {
  const read = readRetention(document, before.holds, nowMs)
  if (!read.ok) return read.problems
  const { settings, holds } = read
  const [was, is] = [recordOf(before), recordOf(read)]
  return {
    settings,
    holds,
    isUnchanged: JSON.stringify(was) === JSON.stringify(is),
    draft: { action: 'retention.changed', target: 'retention', before: was, after: is },
  }
}

/** The audit log has a mark in place of each address. */
export const recordOf = ({ settings, holds }: Pick<RetentionState, 'settings' | 'holds'>): JsonObject => ({
  ...(JSON.parse(JSON.stringify(settings)) as JsonObject),
  holds: holds.map(({ source, person, reason, sinceMs }) => ({
    ...(source === null ? { person } : { source }),
    reason,
    since: toInstant(sinceMs),
  })),
})

/** Keeping less than before needs a reason. */
export class Retention extends RpcTarget {
  readonly #changes: Changes
  readonly #nowMs: () => number

  constructor(changes: Changes, nowMs: () => number) {
    super()
    this.#changes = changes
    this.#nowMs = nowMs
  }

  /** @throws {SealBroken} if no master key opens the holds: then nothing is known to be free to go */
  async read(): Promise<RetentionState> {
    return this.#changes.tables.retention.read(this.#changes.sealer())
  }

  /** @param expectedVersion the version that the operator saw; 0 if nothing was saved yet; null for any */
  async put(document: unknown, who: Who, expectedVersion: number | null): Promise<PutRetention> {
    const { tables, audit } = this.#changes
    return this.#changes.inTurn(async (): Promise<PutRetention> => {
      const sealer = this.#changes.sealer()
      const before = await tables.retention.read(sealer)
      if (expectedVersion !== null && expectedVersion !== before.version)
        return { ok: false, code: 'version_conflict', version: before.version }
      const nowMs = this.#nowMs()
      const plan = planRetention(document, before, nowMs)
      if (!('draft' in plan)) return { ok: false, code: 'document_invalid', problems: plan }
      if (isShortened(before, plan) && !hasReason(who)) return { ok: false, code: 'reason_needed' }
      if (plan.isUnchanged) return { ok: true, changed: false, state: before }
      const line = await audit.next(plan.draft, who, nowMs, sealer)
      const sealed = await tables.retention.seal(plan.holds, sealer)
      this.#changes.atomically(() => {
        audit.write(line)
        this.#changes.writeRetention(plan.settings, sealed, nowMs)
      })
      return { ok: true, changed: true, state: await tables.retention.read(sealer) }
    })
  }

  /** The state as a document would make it. Changes nothing. */
  async plan(
    document: unknown,
  ): Promise<
    | { readonly ok: true; readonly isShortened: boolean; readonly state: RetentionState }
    | Extract<RefusedRetention, { readonly code: 'document_invalid' }>
  > {
    const before = await this.read()
    const plan = planRetention(document, before, this.#nowMs())
    if (!('draft' in plan)) return { ok: false, code: 'document_invalid', problems: plan }
    const { settings, holds } = plan
    return { ok: true, isShortened: isShortened(before, plan), state: { ...before, settings, holds } }
  }

  /**
   * Stores what a step of a kind has done, so that the line of the audit log has it also if the task dies before its end.
   *
   * @param added what was removed since the last note of this run
   * @returns the version of the document: if it has changed, the run must go by the new one
   */
  async note(kind: RetentionKind, run: KindRun, added: number): Promise<number> {
    const { retention } = this.#changes.tables
    retention.note(kind, run, added)
    return retention.version()
  }

  /** Ends a run: one line of the audit log with all that was removed since the last one. @returns how much that was */
  async endRun(who: Who): Promise<number> {
    const { tables, audit } = this.#changes
    return this.#changes.inTurn(async () => {
      const removed = tables.retention.removed()
      const draft = {
        action: 'retention.enforced',
        target: 'retention',
        before: null,
        after: removed,
      } as const
      const line = await audit.next(draft, who, this.#nowMs(), this.#changes.sealer())
      this.#changes.atomically(() => {
        audit.write(line)
        tables.retention.forgetRemoved()
      })
      return Object.values(removed).reduce((sum, count) => sum + count, 0)
    })
  }
}
