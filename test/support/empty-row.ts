import { EVENT_COLUMNS, type EventRow } from '../../src/store/stored-event.ts'

/** A row in which every column is null, for rows of tests that name what they are about. */
export const EMPTY_ROW = Object.fromEntries(
  ['wrapped_key', ...EVENT_COLUMNS].map((name) => [name, null]),
) as unknown as EventRow
