/**
 * The two kinds of handler. A store handler adds SQL to the transaction that inserts the events, so its effects and the events
 * commit together. An outside handler calls another system after the commit, and is retried until it succeeds.
 */
import type { EventType, MailEvent } from '../../event/mail-event.ts'
import type { EventToStore } from '../../store/stored-event.ts'

/** A handler with effects in the store only. */
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

/** A handler that calls another system. */
export interface OutsideHandler {
  /** Identifies it in the outbox. After a rename, old events do not run again and open tasks are never done. */
  readonly name: string
  /** Whether the event needs a task. Called once, when the event is first stored. */
  readonly appliesTo: (event: MailEvent, vars: Vars) => boolean
  /**
   * Runs the task. If it throws, it is retried later for this event and handler alone. It can run twice for one event if the
   * consumer dies between the call and the deletion of the task, so pass `idempotencyKey` on.
   */
  readonly run: (event: MailEvent, context: HandlerContext) => Promise<void>
}

/** The Worker's variables and secrets by name; bindings are not text and count as absent. */
export type Vars = (name: string) => string | undefined

export interface HandlerContext {
  readonly fetch: typeof fetch
  readonly vars: Vars
  /** The event's id: the same whenever the handler is run for this event. */
  readonly idempotencyKey: string
  /** Aborts at the timeout. */
  readonly signal: AbortSignal
}
