/** Properties of all kinds of incidents, as they are declared. */
import { quietHoursOf } from '../grouping.ts'
import { OPERATION_PATTERNS } from '../operations/index.ts'
import { PATTERNS } from '../patterns/index.ts'

const ROWS = [...PATTERNS, ...OPERATION_PATTERNS]

const ADVICE: ReadonlyMap<string, readonly string[]> = new Map(ROWS.map(({ kind, advice }) => [kind, advice]))

export const quietHoursOfKind = quietHoursOf(ROWS)

/** The longest of all quiet hours: an incident that has been over for longer is never open again. */
export const QUIET_HOURS_MAX = Math.max(...ROWS.map(({ quietHours }) => quietHours))

/** @param subject of the finding, which stands for `NAME` in a command */
export const adviceOf = (kind: string, subject: string | null): readonly string[] =>
  (ADVICE.get(kind) ?? []).map((line) => (subject === null ? line : line.replaceAll('NAME', subject)))
