/** Compares lines of a log with the table that says what may be logged. */
import { LOG_EVENTS, LOG_FIELDS } from '../../src/platform/log-events.ts'
import type { LogFields } from '../../src/platform/log.ts'

const fieldsOf: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(LOG_EVENTS).map(([name, { fields }]) => [name, fields]),
)

/** Names that the table does not list for the line; none for a line as it should be. */
export function strayIn(line: LogFields): string[] {
  const allowed = fieldsOf.get(line.event)
  if (allowed === undefined) return [`event ${line.event}`]
  return Object.entries(line)
    .filter(([name, value]) => name !== 'event' && value !== undefined && !allowed.includes(name))
    .map(([name]) => `${line.event}.${name}${name in LOG_FIELDS ? '' : ', which no event has'}`)
}

/** The structured lines in the output of Workers. */
export const linesIn = (output: readonly string[]): LogFields[] =>
  output.flatMap((text) => {
    try {
      const line = JSON.parse(text) as LogFields
      return typeof line.event === 'string' ? [line] : []
    } catch {
      return []
    }
  })
