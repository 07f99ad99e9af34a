/** The incidents as parts of the object see and change them. */
import type { Incident } from './incident.ts'
import { written } from './lifecycle.ts'
import { withContainmentNews } from './news.ts'
import type { IncidentRecords } from './parts.ts'
import { viewFor } from './scoped-calls.ts'
import type { StoredIncident } from './stored.ts'
import type { IncidentTables } from './tables.ts'

const DAY_MS = 86_400_000

interface RecordDeps {
  readonly tables: () => IncidentTables
  readonly view: (stored: StoredIncident) => Incident
  readonly nowMs: () => number
}

export function incidentRecords({ tables, view, nowMs }: RecordDeps): IncidentRecords {
  const change = (number: number, next: (found: StoredIncident) => StoredIncident): void => {
    const found = tables().find(number)
    if (found !== undefined) tables().put(next(found))
  }
  return {
    recent: () =>
      tables()
        .since(nowMs() - DAY_MS)
        .map(view),
    partOf: (number, sources) => {
      const found = tables().find(number)
      return found === undefined ? null : viewFor(found, sources, nowMs())
    },
    incident: (number) => {
      const found = tables().find(number)
      return found === undefined ? null : view(found)
    },
    stored: (number) => tables().find(number),
    note: (number, kind, text, source) =>
      change(number, (found) => written(found, nowMs(), kind, text, null, source === null ? [] : [source])),
    checked: (number, possible) => {
      const known = tables().find(number)?.possible
      if (JSON.stringify(known) !== JSON.stringify(possible))
        change(number, (found) => ({ ...found, possible }))
    },
    contained: (number, containment, text) =>
      change(number, (found) => withContainmentNews(found, containment, text, nowMs())),
  }
}
