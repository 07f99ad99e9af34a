/**
 * Outbox tasks: one row for each event and outside handler. The transaction that stores the event inserts it; it is deleted when
 * the handler has succeeded. The consumer that runs a task holds a lease, so that two consumers do not run it at once.
 */
import type { MailEvent } from '../event/mail-event.ts'
import { WITH_INSERTED } from '../store/inserted.ts'
import type { ConsumerDeps } from './deps.ts'
import type { OutsideHandler, Slice, Vars } from './handlers/handler.ts'

/** Longer than the handlers of a batch take. After it, another consumer may take over the tasks of one that died. */
export const LEASE_MS = 120_000

/** A call that one handler must make for one event. */
export interface OutboxTask {
  readonly eventId: string
  readonly handler: string
}

/** A task that is not done. */
export interface OpenTask extends OutboxTask {
  /** Whether this attempt holds the lease; false while another one does. */
  readonly isLeased: boolean
}

/** Which attempt holds the tasks, and until when. */
export interface Lease {
  readonly holder: number
  readonly untilMs: number
}

/** All tasks of these events, done or not. */
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

/** If `appliesTo` throws, the task is created: it then fails where failures are retried and logged. */
function applies(handler: OutsideHandler, event: MailEvent, vars: Vars): boolean {
  try {
    return handler.appliesTo(event, vars)
  } catch {
    return true
  }
}

/** Statements for the transaction that inserts the events. The last one reads the open tasks, see {@link openTasks}. */
export function leaseTasks(
  { db, writer }: Slice,
  tasks: readonly OutboxTask[],
  lease: Lease,
  nowMs: number,
): D1PreparedStatement[] {
  const json = pairsJson(tasks)
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
        `SELECT o.event_id, o.handler, o.holder = ?2 AS is_leased
         FROM json_each(?1) j CROSS JOIN outbox o ON o.event_id = j.value ->> 0 AND o.handler = j.value ->> 1`,
      )
      .bind(json, lease.holder),
  ]
}

/** The result of the last statement of {@link leaseTasks}. */
export const openTasks = (rows: readonly Record<string, unknown>[]): OpenTask[] =>
  rows.map((row) => ({
    eventId: String(row['event_id']),
    handler: String(row['handler']),
    isLeased: row['is_leased'] === 1,
  }))

/** Deletes the tasks that succeeded, and releases the others, so that a retry need not wait until the lease ends. */
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
      .bind(pairsJson(done)),
    store.db
      .prepare(
        `UPDATE outbox SET leased_until = 0
         WHERE (event_id, handler) IN (SELECT j.value ->> 0, j.value ->> 1 FROM json_each(?1) j) AND holder = ?2`,
      )
      .bind(pairsJson(failed), lease.holder),
  ])
}

const pairsJson = (tasks: readonly OutboxTask[]): string =>
  JSON.stringify(tasks.map(({ eventId, handler }) => [eventId, handler]))
