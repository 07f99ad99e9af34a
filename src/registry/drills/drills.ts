/** The calls about drills: when a restore was last practised, and until when it must be again. */
import { RpcTarget } from 'cloudflare:workers'
import type { DrillReport } from '../../api/drills.ts'
import type { Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'

/** Three months: changes of the deployment and of the people who run it add up. */
const RESTORE_EVERY_MS = 90 * 24 * 3_600_000

export interface DrillState {
  /** The last restore that passed; null if there was none. */
  readonly restoredMs: number | null
  /** Time from which the next restore drill is due. */
  readonly dueMs: number
}

interface Stored {
  readonly restoredMs: number | null
  /** The deployment's age, as far as it is known. */
  readonly sinceMs: number
}

const KEY = 'drills'

export class Drills extends RpcTarget {
  readonly #changes: Changes
  readonly #kv: SyncKvStorage
  readonly #nowMs: () => number

  constructor(changes: Changes, kv: SyncKvStorage, nowMs: () => number) {
    super()
    this.#changes = changes
    this.#kv = kv
    this.#nowMs = nowMs
  }

  /** Records a report that is in the bucket. Only a restore that passed is one that was practised. */
  async record(
    id: string,
    { kind, passed, ended_at: endedAt }: Pick<DrillReport, 'kind' | 'passed' | 'ended_at'>,
    who: Who,
  ): Promise<void> {
    const stored = this.#stored()
    // A report may be stored days after its drill, and an older one after a newer. The clock of its machine may be fast.
    const endedMs = Math.min(Date.parse(endedAt), this.#nowMs())
    const draft = {
      action: 'drill.recorded',
      target: `drill/${id}`,
      before: null,
      after: { kind, passed },
    } as const
    await this.#changes.withAudit(draft, who, () => {
      if (kind === 'restore' && passed)
        this.#kv.put<Stored>(KEY, { ...stored, restoredMs: Math.max(stored.restoredMs ?? 0, endedMs) })
    })
  }

  async state(): Promise<DrillState> {
    const { restoredMs, sinceMs } = this.#stored()
    return { restoredMs, dueMs: (restoredMs ?? sinceMs) + RESTORE_EVERY_MS }
  }

  /** The first line of the audit log may go later, so its time is kept. */
  #stored(): Stored {
    const known = this.#kv.get<Stored>(KEY)
    if (known !== undefined) return known
    const stored: Stored = { restoredMs: null, sinceMs: this.#changes.audit.oldestMs() ?? this.#nowMs() }
    this.#kv.put(KEY, stored)
    return stored
  }
}
