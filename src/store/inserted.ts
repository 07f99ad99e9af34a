/**
 * SQL for the events that the current transaction has inserted. Effects use only these, so that an event that was stored before
 * has no effect again. Bound to the writer's token as ?1.
 */
import { OWN } from './segments.ts'
import { EVENT_COLUMNS, column } from './stored-event.ts'

const COLUMNS = EVENT_COLUMNS.map((name) =>
  name === 'recipient' ? `unhex(${column(name)}) AS recipient` : `${column(name)} AS ${name}`,
)

/** SQL: the columns of an event `e` of a segment `b`, as `inserted` has them. */
export const INSERTED_COLUMNS = `b.ids ->> e.key AS id, ${COLUMNS.join(', ')}`

/** The same of events that were replaced, at the segments and indexes that ?1 lists as JSON. */
export const WITH_REPLACED = `
  WITH inserted AS (
    SELECT ${INSERTED_COLUMNS}
    FROM json_each(?1) j CROSS JOIN segments b ON b.segment = j.value ->> 0
      CROSS JOIN json_each(b.contents) e ON e.key = j.value ->> 1)`

/** The start of a statement that reads from `inserted`. More common table expressions may follow after a comma. */
export const WITH_INSERTED = `
  WITH RECURSIVE ${OWN},
  inserted AS (
    SELECT ${INSERTED_COLUMNS}
    FROM own o CROSS JOIN segments b ON b.segment = o.segment CROSS JOIN json_each(b.contents) e)`
