/**
 * A store handler adds SQL to the transaction that inserts the events, so its effects and the events commit together. What calls
 * another system is no handler but a reader: it follows the store (`src/readers/`).
 */
import type { EventType } from '../../event/mail-event.ts'
import type { EventToStore } from '../../store/stored-event.ts'

export interface StoreHandler {
  readonly name: string
  /** The event types that it handles. It is not called for a slice without any of them. */
  readonly types: readonly EventType[] | 'all'
  /**
   * Statements for the transaction, in order. Some events of the slice may be in the store already: only those that
   * `WITH_INSERTED` gives may have an effect.
   */
  readonly statements: (slice: Slice) => readonly D1PreparedStatement[]
}

/** Events that are written together. */
export interface Slice {
  readonly db: D1Database
  /** Each id once. */
  readonly events: readonly EventToStore[]
  /** The types among them. */
  readonly types: ReadonlySet<EventType>
  /** Marks what this transaction inserts. */
  readonly writer: number
  readonly nowMs: number
}

/** SQL, with the event types that it needs to have an effect. */
export type Step = readonly [sql: string, types: readonly EventType[]]

/** The steps that the slice needs, bound to its writer. */
export const stepsFor = (steps: readonly Step[], { db, types, writer }: Slice): D1PreparedStatement[] =>
  steps
    .filter(([, wanted]) => wanted.some((type) => types.has(type)))
    .map(([sql]) => db.prepare(sql).bind(writer))
