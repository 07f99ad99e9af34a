/**
 * Work outside the store that is still to be done: one row per event and handler, from the transaction that stored the
 * event until the handler has succeeded. Whoever runs it holds a lease, so that two consumers do not call twice at once.
 */
import type { MailEvent } from '../event/mail-event.ts'
import { WITH_INSERTED } from '../store/inserted.ts'
import type { ConsumerDeps } from './deps.ts'
import type { OutsideHandler, Slice, Vars } from './handlers/handler.ts'

/** Longer than a batch takes to run its handlers; after it, another attempt may take over from one that died. */
export const LEASE_MS = 120_000

/** One handler's work for one event, of a handler that the table knows. */
export interface OutboxTask {
  readonly eventId: string
  readonly handler: string
}

/** An task that is not done. */
export interface OpenTask extends OutboxTask {
  /** False while another attempt holds the lease. */
  readonly mine: boolean
}

/** Who may run what, until when. */
export interface Lease {
  readonly holder: number
  readonly untilMs: number
}

/** What the handlers have to do for these events, whether or not it is done already. */
export const outboxTasksOf = (
  events: readonly MailEvent[],
  handlers: readonly OutsideHandler[],
  vars: Vars,
): OutboxTask[] =>
  events.flatMap((event) =>
    handlers
      .filter((handler) => applies(handler, event, vars))
      .map(({ name }) => ({ eventId: event.id, handler: name })),
  )

/** A handler that cannot even say so gets its row: it then fails where failures are retried and seen. */
function applies(handler: OutsideHandler, event: MailEvent, vars: Vars): boolean {
  try {
    return handler.appliesTo(event, vars)
  } catch {
    return true
  }
}

/** Statements for the transaction that inserts the events. The last one reads what is open, see {@link openTasks}. */
export function leaseTasks(
  { db, writer }: Slice,
  tasks: readonly OutboxTask[],
  lease: Lease,
  nowMs: number,
): D1PreparedStatement[] {
  const json = pairs(tasks)
  return [
    db
      .prepare(
        `UPDATE outbox SET holder = ?2, leased_until = ?3
         WHERE (event_id, handler) IN (SELECT j.value ->> 0, j.value ->> 1 FROM json_each(?1) j) AND leased_until <= ?4`,
      )
      .bind(json, lease.holder, lease.untilMs, nowMs),
    db
      .prepare(
        `${WITH_INSERTED}
         INSERT INTO outbox (event_id, handler, holder, leased_until)
         SELECT j.value ->> 0, j.value ->> 1, ?3, ?4
         FROM json_each(?2) j WHERE j.value ->> 0 IN (SELECT id FROM inserted)
         ON CONFLICT (event_id, handler) DO NOTHING`,
      )
      .bind(writer, json, lease.holder, lease.untilMs),
    db
      .prepare(
        `SELECT o.event_id, o.handler, o.holder = ?2 AS mine
         FROM json_each(?1) j CROSS JOIN outbox o ON o.event_id = j.value ->> 0 AND o.handler = j.value ->> 1`,
      )
      .bind(json, lease.holder),
  ]
}

/** What the last statement of {@link leaseTasks} answered. */
export const openTasks = (rows: readonly Record<string, unknown>[]): OpenTask[] =>
  rows.map((row) => ({
    eventId: String(row['event_id']),
    handler: String(row['handler']),
    mine: row['mine'] === 1,
  }))

/** Notes what succeeded, and gives back what did not, so that the next try need not wait for the lease to end. */
export async function closeTasks(
  { store }: ConsumerDeps,
  done: readonly OutboxTask[],
  failed: readonly OutboxTask[],
  lease: Lease,
): Promise<void> {
  await store.db.batch([
    store.db
      .prepare(
        `DELETE FROM outbox
         WHERE (event_id, handler) IN (SELECT j.value ->> 0, j.value ->> 1 FROM json_each(?1) j)`,
      )
      .bind(pairs(done)),
    store.db
      .prepare(
        `UPDATE outbox SET leased_until = 0
         WHERE (event_id, handler) IN (SELECT j.value ->> 0, j.value ->> 1 FROM json_each(?1) j) AND holder = ?2`,
      )
      .bind(pairs(failed), lease.holder),
  ])
}

const pairs = (tasks: readonly OutboxTask[]): string =>
  JSON.stringify(tasks.map(({ eventId, handler }) => [eventId, handler]))
