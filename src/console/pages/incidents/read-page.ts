/** A page of the list of incidents: those that are not over come first, each group from the newest on. */
import { INCIDENT_STATES, type Incident, type IncidentState } from '../../../watch/incidents/incident.ts'
import { SEVERITIES, type Severity } from '../../../watch/severity.ts'
import { OPEN_STATES, OVER_STATES, listIncidents } from '../../incidents.ts'

/** Filter of the list; null for all. */
export interface ListFilter {
  readonly state: IncidentState | null
  readonly severity: Severity | null
  readonly source: string | null
}

export interface ListPage {
  readonly incidents: readonly Incident[]
  /** The cursor of the next page; null if this is the last one. */
  readonly next: string | null
}

/** Where a page begins: a group, and the number before which it goes on there. */
interface Start {
  readonly group: number
  readonly before: number | null
}

const ROWS = 50

const oneOf = <T extends string>(list: readonly T[], text: string | null): T | null =>
  list.find((one) => one === text) ?? null

/** An unknown value narrows nothing. */
export const filterOf = (query: URLSearchParams): ListFilter => ({
  state: oneOf(INCIDENT_STATES, query.get('state')),
  severity: oneOf(SEVERITIES, query.get('severity')),
  source: (query.get('source') ?? '').trim() || null,
})

/** @returns undefined if the object that keeps incidents did not answer */
export async function readPage(
  context: Parameters<typeof listIncidents>[0],
  filter: ListFilter,
  cursor: string | null,
): Promise<ListPage | undefined> {
  const groups = filter.state === null ? [OPEN_STATES, OVER_STATES] : [[filter.state]]
  const start = startOf(cursor)
  const rows: { readonly group: number; readonly incident: Incident }[] = []
  for (let group = start.group; group < groups.length && rows.length <= ROWS; group++) {
    const found = await listIncidents(context, {
      states: groups[group] ?? null,
      severity: filter.severity,
      source: filter.source,
      limit: ROWS + 1 - rows.length,
      before: group === start.group ? start.before : null,
    })
    if (found === undefined) return undefined
    rows.push(...found.map((incident) => ({ group, incident })))
  }
  const shown = rows.slice(0, ROWS)
  const last = shown.at(-1)
  return {
    incidents: shown.map(({ incident }) => incident),
    next: rows.length > ROWS && last !== undefined ? `${last.group}-${last.incident.number}` : null,
  }
}

/** A malformed cursor is the first page. */
function startOf(cursor: string | null): Start {
  const [, group, before] = /^([01])-([1-9][0-9]{0,8})$/.exec(cursor ?? '') ?? []
  return { group: Number(group ?? 0), before: before === undefined ? null : Number(before) }
}
