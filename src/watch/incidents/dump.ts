/** Incidents in the backup: JSON, the newest as far as there is room. */
import type { StoredIncident } from './stored.ts'
import { isOver } from './stored.ts'
import { resolved } from './lifecycle.ts'

/** A call to the object carries 32 MiB at most. */
const DUMP_MAX_CHARACTERS = 12_000_000

export function dumpOf(incidents: readonly StoredIncident[]): string {
  const kept: string[] = []
  let characters = 0
  for (const incident of incidents.toReversed()) {
    const text = JSON.stringify(incident)
    characters += text.length
    if (characters > DUMP_MAX_CHARACTERS) break
    kept.push(text)
  }
  return `{"version":1,"incidents":[${kept.toReversed().join(',')}]}`
}

const identityOf = ({ openedMs, cause }: StoredIncident): string => `${openedMs} ${cause}`

/**
 * The incidents of a dump that are not here yet. One whose number another has here gets a new number. One that lasted then is over: what
 * found it begins anew, so it would never end.
 *
 * @throws {TypeError} if the text is no dump of this version
 */
export function restorable(
  dump: string,
  present: readonly StoredIncident[],
  nextNumber: number,
  nowMs: number,
): StoredIncident[] {
  const read = JSON.parse(dump) as {
    readonly version?: unknown
    readonly incidents?: readonly StoredIncident[]
  }
  if (read.version !== 1 || !Array.isArray(read.incidents))
    throw new TypeError('this is no dump of incidents')
  const incidents: readonly StoredIncident[] = read.incidents
  const identities = new Set(present.map(identityOf))
  const numbers = new Set(present.map(({ number }) => number))
  let next = Math.max(nextNumber, ...incidents.map(({ number }) => number + 1))
  return incidents
    .filter((one) => !identities.has(identityOf(one)))
    .map((one) => (numbers.has(one.number) ? { ...one, number: next++ } : one))
    .map((one) =>
      isOver(one) ? one : resolved(one, nowMs, 'Restored from a backup. If it lasts, it is found anew.'),
    )
}
