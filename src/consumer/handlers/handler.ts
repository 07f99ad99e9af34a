/**
 * The two kinds of handler. One that stays inside the store contributes SQL to the transaction that inserts the events, so
 * its effects and the events commit together. One that reaches outside is run after the commit, until it has succeeded.
 */
import type { EventType, MailEvent } from '../../event/mail-event.ts'
import type { EventValues } from '../../store/event-row.ts'

/** What a handler does inside the store. */
export interface StoreHandler {
  readonly name: string
  /** Types of event that it looks at. */
  readonly types: readonly EventType[] | 'all'
  /** Statements for the transaction, in order. They must change something for rows of this writer only. */
  readonly statements: (slice: Slice) => readonly D1PreparedStatement[]
}

/** Events that are written together. */
export interface Slice {
  readonly db: D1Database
  /** Those of the handler's types, each id once. Some may be in the store already: see {@link INSERTED}. */
  readonly events: readonly MailEvent[]
  /** Rows to insert, by event id. */
  readonly rows: ReadonlyMap<string, EventValues>
  /** Marks the rows that this attempt inserts. */
  readonly writer: number
}

/**
 * For `FROM`: events `e` that this attempt has inserted, out of the ids in ?1 (a JSON array), with the writer in ?2. An
 * event that was there before belongs to another writer and has no effect again.
 */
export const INSERTED = `json_each(?1) j CROSS JOIN events e ON e.id = j.value AND e.writer = ?2`

/** Parameters of {@link INSERTED}. */
export const inserted = (slice: Slice): [ids: string, writer: number] => [
  JSON.stringify(slice.events.map(({ id }) => id)),
  slice.writer,
]

/** The slice with events of some types only. */
export const ofTypes = (slice: Slice, types: readonly EventType[]): Slice => ({
  ...slice,
  events: slice.events.filter(({ type }) => types.includes(type)),
})

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
  readonly run: (event: MailEvent, reach: HandlerReach) => Promise<void>
}

/** The Worker's variables and secrets by name; bindings are not text and count as absent. */
export type Vars = (name: string) => string | undefined

export interface HandlerReach {
  readonly fetch: typeof fetch
  readonly vars: Vars
  /** The event's id: the same whenever the handler is run for this event. */
  readonly idempotencyKey: string
  /** Aborts when the handler has used its time. */
  readonly signal: AbortSignal
}
