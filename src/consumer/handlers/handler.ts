/**
 * The two kinds of handler. One that stays inside the store contributes SQL to the transaction that inserts the events, so
 * its effects and the events commit together. One that reaches outside is run after the commit, until it has succeeded.
 */
import type { EventType, MailEvent } from '../../event/mail-event.ts'
import type { EventToStore } from '../../store/stored-event.ts'

/** What a handler does inside the store. */
export interface StoreHandler {
  readonly name: string
  /** Types of event that it looks at: without any of them in a slice it is not asked. */
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
}

/** SQL with the types of event without which it would change nothing. */
export type Step = readonly [sql: string, types: readonly EventType[]]

/** Those of the steps that the slice calls for, bound to its writer. */
export const stepsFor = (steps: readonly Step[], { db, types, writer }: Slice): D1PreparedStatement[] =>
  steps
    .filter(([, wanted]) => wanted.some((type) => types.has(type)))
    .map(([sql]) => db.prepare(sql).bind(writer))

/** What a handler does outside: a call to another system. */
export interface OutsideHandler {
  /** Names it in the outbox: a new name runs again for no old event, a lost name leaves its open work undone. */
  readonly name: string
  /** Whether there is something to do for the event. Asked once, when the event is first stored. */
  readonly appliesTo: (event: MailEvent, vars: Vars) => boolean
  /**
   * Does it, or throws: then it is run again later, for this event and handler alone. It can run twice for one event when
   * the consumer dies between the call and its note of it, so it passes `idempotencyKey` on.
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
  /** Aborts when the handler has used its time. */
  readonly signal: AbortSignal
}
