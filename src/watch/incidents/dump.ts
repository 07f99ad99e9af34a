/** Incidents in the backup: JSON, the newest as far as there is room. */
import type { IncidentsDump } from './api.ts'
import type { StoredIncident } from './stored.ts'
import { isOver } from './stored.ts'
import { resolved } from './lifecycle.ts'
import { withoutAddresses } from './notes.ts'

interface Dump {
  readonly version: 1
  readonly incidents: readonly StoredIncident[]
}

/** A call to the object carries 32 MiB at most. */
const DUMP_MAX_CHARACTERS = 12_000_000

/** @param documents JSON of each incident, the newest first */
export function dumpOf(documents: Iterable<string>): IncidentsDump {
  const kept: string[] = []
  let characters = 0
  for (const document of documents) {
    characters += document.length
    if (characters > DUMP_MAX_CHARACTERS) break
    kept.push(document)
  }
  return { json: `{"version":1,"incidents":[${kept.toReversed().join(',')}]}`, count: kept.length }
}

const identityOf = ({ openedMs, cause }: StoredIncident): string => `${openedMs} ${cause}`

/**
 * Incidents of a dump that are not stored here yet, with addresses in notes masked. If a number is taken, the incident gets a new one. Incidents that were open are
 * closed on restore: the state of the detector is not restored, so nothing would ever close them.
 *
 * @param json that `dumpOf` made; of another version, the answer is null
 */
export function restorable(
  json: string,
  present: readonly StoredIncident[],
  nextNumber: number,
  nowMs: number,
): StoredIncident[] | null {
  const read = JSON.parse(json) as Partial<Dump>
  if (read.version !== 1 || !Array.isArray(read.incidents)) return null
  const incidents: readonly StoredIncident[] = read.incidents
  const identities = new Set(present.map(identityOf))
  const numbers = new Set(present.map(({ number }) => number))
  let next = Math.max(nextNumber, ...incidents.map(({ number }) => number + 1))
  return incidents
    .filter((one) => !identities.has(identityOf(one)))
    .map((one) => (numbers.has(one.number) ? { ...one, number: next++ } : one))
    .map(withoutAddresses)
    .map((one) =>
      isOver(one) ? one : resolved(one, nowMs, 'Restored from a backup. If it lasts, it is found anew.'),
    )
}
