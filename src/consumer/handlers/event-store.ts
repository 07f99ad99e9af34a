/** Keeps each event once: its id is the primary key, and whatever else happens hangs on this insert. */
import { EVENT_COLUMNS, type EventValues } from '../../store/event-row.ts'
import type { StoreHandler } from './handler.ts'

/** D1 takes no parameter over 2,000,000 bytes. A single row may be larger than this, see `EVENT_ROW_MAX_BYTES`. */
const PARAMETER_MAX_CHARACTERS = 500_000

/** Hex columns come last. */
const VALUES = EVENT_COLUMNS.map((name, i) =>
  name === 'recipient' || name === 'sealed' ? `unhex(v.value ->> ${i})` : `v.value ->> ${i}`,
)

const INSERT = `
  INSERT INTO events (${EVENT_COLUMNS.join(', ')}, writer)
  SELECT ${VALUES.join(', ')}, ?2 FROM json_each(?1) v WHERE true
  ON CONFLICT (id) DO NOTHING`

export const eventStore: StoreHandler = {
  name: 'event-store',
  types: 'all',
  statements: ({ db, rows, writer }) =>
    inParameters([...rows.values()]).map((json) => db.prepare(INSERT).bind(json, writer)),
}

/** Rows as JSON arrays, each of a size that one parameter takes. */
function inParameters(rows: readonly EventValues[]): string[] {
  const parameters: string[][] = [[]]
  let characters = 0
  for (const row of rows) {
    const json = JSON.stringify(row)
    if (characters > 0 && characters + json.length > PARAMETER_MAX_CHARACTERS) {
      parameters.push([])
      characters = 0
    }
    parameters.at(-1)?.push(json)
    characters += json.length
  }
  return parameters.filter((part) => part.length > 0).map((part) => `[${part.join(',')}]`)
}
