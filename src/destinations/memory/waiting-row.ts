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
  /** Set once it was brought forward: when it would have been due. A try before that is not counted. */
  readonly scheduledAtMs: number | null
  readonly error: string | null
  readonly status: number | null
}

export type NewWaiting = Omit<Waiting, 'seq' | 'scheduledAtMs'>

export interface DeadLetter extends Omit<Waiting, 'dueAtMs' | 'scheduledAtMs'> {
  readonly diedAtMs: number
}

export type Row = {
  seq: number
  id: string
  refs: string
  key: OrderKey
  source: string | null
  type: string | null
  bytes: number
  tries: number
  first_failed_at: number | null
  due_at: number | null
  scheduled_at: number | null
  died_at: number | null
  error: string | null
  status: number | null
}

export const refsJson = (references: readonly EventReference[]): string =>
  JSON.stringify(references.map(({ segment, index }) => [segment, index]))

export const waitingOf = (row: Row): Waiting => ({
  seq: row.seq,
  id: row.id,
  references: (JSON.parse(row.refs) as [number, number][]).map(([segment, index]) => ({ segment, index })),
  key: row.key,
  source: row.source,
  type: row.type,
  bytes: row.bytes,
  tries: row.tries,
  firstFailedAtMs: row.first_failed_at,
  dueAtMs: row.due_at,
  scheduledAtMs: row.scheduled_at,
  error: row.error,
  status: row.status,
})
