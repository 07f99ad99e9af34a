/** The incidents, as people and other parts of their object see and change them. Each change is stored before its call returns. */
import type { Containment } from '../../registry/containment/containment.ts'
import type { ActOnIncident, ActResult, IncidentQuery } from './api.ts'
import type { Incident, TimelineKind } from './incident.ts'
import { acted, written } from './lifecycle.ts'
import { withContainmentNews } from './news.ts'
import { addressesInNotes, withErased } from './notes.ts'
import { scopedTo } from './scope.ts'
import { type Possible, type StoredIncident, sourcesOf } from './stored.ts'
import type { IncidentTables } from './tables.ts'
import { viewOf } from './view.ts'
import { DAY_MS } from '../../platform/time.ts'

export class IncidentRecords {
  readonly #tables: IncidentTables
  readonly #nowMs: () => number

  constructor(tables: IncidentTables, nowMs: () => number) {
    this.#tables = tables
    this.#nowMs = nowMs
  }

  list(query: IncidentQuery): Incident[] {
    const nowMs = this.#nowMs()
    return this.#tables
      .list(query, nowMs)
      .map(({ incident, isPartial }) => viewOf(incident, nowMs, isPartial))
  }

  /** @param sources that somebody sees; null for all. @returns null if there is no such incident, or if it is about none of them */
  incident(number: number, sources: readonly string[] | null): Incident | null {
    const found = this.#tables.find(number)
    return found === undefined ? null : viewFor(found, sources, this.#nowMs())
  }

  /** Only notes are allowed on an incident that is also about sources which the actor does not see. */
  act(number: number, act: ActOnIncident, actor: string, sources: readonly string[] | null): ActResult {
    const nowMs = this.#nowMs()
    const found = this.#tables.find(number)
    const scoped = found === undefined ? null : scopedTo(found, sources, nowMs)
    if (found === undefined || scoped === null) return { ok: false, code: 'incident_unknown' }
    if (scoped.isPartial && act.act !== 'note') return { ok: false, code: 'incident_partial' }
    const next = acted(found, act, actor, nowMs, sourcesOf(scoped.incident))
    if (next === null) return { ok: false, code: 'incident_state' }
    this.#tables.put(next)
    const incident = viewFor(next, sources, nowMs)
    return incident === null ? { ok: false, code: 'incident_unknown' } : { ok: true, incident }
  }

  /** Incidents that are neither resolved nor reviewed, and those that ended within the last day; oldest first. */
  recent(): readonly Incident[] {
    const nowMs = this.#nowMs()
    return this.#tables.since(nowMs - DAY_MS).map((stored) => viewOf(stored, nowMs))
  }

  /** Incidents that are neither resolved nor reviewed, as they are stored. */
  open(): readonly StoredIncident[] {
    return this.#tables.since(Number.MAX_SAFE_INTEGER)
  }

  stored(number: number): StoredIncident | undefined {
    return this.#tables.find(number)
  }

  /** Adds a line to the timeline. An unknown number is ignored. @param source that it is about; null for none */
  note(number: number, kind: TimelineKind, text: string, source: string | null): void {
    const sources = source === null ? [] : [source]
    this.#change(number, (found) => written(found, this.#nowMs(), kind, text, null, sources))
  }

  /** Notes which containments would be done, so that nothing else is advised. */
  checked(number: number, possible: Possible): void {
    if (JSON.stringify(this.stored(number)?.possible) !== JSON.stringify(possible))
      this.#change(number, (found) => ({ ...found, possible }))
  }

  /** Adds a containment, or replaces the one of its id. The incident is contained as long as one lasts. */
  contained(number: number, containment: Containment, text: string): void {
    this.#change(number, (found) => withContainmentNews(found, containment, text, this.#nowMs()))
  }

  /** Incidents with addresses in what people wrote into them. */
  namedInNotes(): readonly { readonly number: number; readonly addresses: readonly string[] }[] {
    return this.#tables.all().flatMap((incident) => {
      const addresses = [...addressesInNotes(incident)]
      return addresses.length === 0 ? [] : [{ number: incident.number, addresses }]
    })
  }

  /** Takes addresses out of the notes of an incident. */
  erase(number: number, addresses: ReadonlySet<string>): void {
    this.#change(number, (found) => withErased(found, addresses))
  }

  #change(number: number, next: (found: StoredIncident) => StoredIncident): void {
    const found = this.#tables.find(number)
    if (found !== undefined) this.#tables.put(next(found))
  }
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
