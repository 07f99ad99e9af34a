/** One row of the waiting deliveries. It has no content, only where its events are stored. */
import type { EventReference } from '../../store/arrival.ts'

/** Several events of one message and recipient have the same key. Null where the order does not matter. */
export type OrderKey = string | null

export interface Delivery {
  /** The value of `webhook-id`. */
  readonly id: string
  readonly references: readonly EventReference[]
  readonly key: OrderKey
  /** Null for a batch with events of several. */
  readonly source: string | null
  /** Null for a batch with events of several. */
  readonly type: string | null
  /** About the size of its events in the store. */
  readonly bytes: number
}

/** A delivery that failed. */
export interface Waiting extends Delivery {
  readonly seq: number
  readonly tries: number
  /** Null for one that has not been tried: it is held behind an earlier one of its key. */
  readonly firstFailedAtMs: number | null
  readonly dueAtMs: number | null
  /** When it was due before an operator asked for an earlier try. Tries before that time are not counted. */
  readonly scheduledAtMs: number | null
  /** Set once it was given up. */
  readonly diedAtMs: number | null
  readonly error: string | null
  readonly status: number | null
}

export type NewWaiting = Omit<Waiting, 'seq' | 'scheduledAtMs' | 'diedAtMs'>

export const COLUMNS = `seq, id, refs, key, source, type, bytes, tries, first_failed_at AS firstFailedAtMs, due_at AS dueAtMs,
  scheduled_at AS scheduledAtMs, died_at AS diedAtMs, error, status`

export type Row = Omit<Waiting, 'references'> & {
  /** JSON: [segment, index] of each event. */
  readonly refs: string
} & Record<string, SqlStorageValue>

export const refsJson = (references: readonly EventReference[]): string =>
  JSON.stringify(references.map(({ segment, index }) => [segment, index]))

export const waitingOf = ({ refs, ...row }: Row): Waiting => ({
  ...row,
  references: (JSON.parse(refs) as [number, number][]).map(([segment, index]) => ({ segment, index })),
})
