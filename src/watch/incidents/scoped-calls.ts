/** Calls of people about incidents, within the sources that they see; null for all. */
import type { ActOnIncident, ActResult, IncidentQuery } from './api.ts'
import type { Incident } from './incident.ts'
import { acted } from './lifecycle.ts'
import { scopedTo } from './scope.ts'
import { type StoredIncident, sourcesOf } from './stored.ts'
import type { IncidentTables } from './tables.ts'
import { viewOf } from './view.ts'

export const listFor = (tables: IncidentTables, query: IncidentQuery, nowMs: number): Incident[] =>
  tables.list(query, nowMs).map(({ incident, isPartial }) => viewOf(incident, nowMs, isPartial))

export function incidentFor(
  tables: IncidentTables,
  number: number,
  sources: readonly string[] | null,
  nowMs: number,
): Incident | null {
  const found = tables.find(number)
  return found === undefined ? null : viewFor(found, sources, nowMs)
}

interface Act {
  readonly number: number
  readonly act: ActOnIncident
  readonly actor: string
  readonly sources: readonly string[] | null
}

/** Only notes are allowed on an incident that is also about sources which the actor does not see. */
export function actFor(
  tables: IncidentTables,
  { number, act, actor, sources }: Act,
  nowMs: number,
): ActResult {
  const found = tables.find(number)
  const scoped = found === undefined ? null : scopedTo(found, sources, nowMs)
  if (found === undefined || scoped === null) return { ok: false, code: 'incident_unknown' }
  if (scoped.isPartial && act.act !== 'note') return { ok: false, code: 'incident_partial' }
  const next = acted(found, act, actor, nowMs, sourcesOf(scoped.incident))
  if (next === null) return { ok: false, code: 'incident_state' }
  tables.put(next)
  const incident = viewFor(next, sources, nowMs)
  return incident === null ? { ok: false, code: 'incident_unknown' } : { ok: true, incident }
}

/** Null for whoever sees none of its sources. */
export function viewFor(
  stored: StoredIncident,
  sources: readonly string[] | null,
  nowMs: number,
): Incident | null {
  const scoped = scopedTo(stored, sources, nowMs)
  return scoped === null ? null : viewOf(scoped.incident, nowMs, scoped.isPartial)
}
