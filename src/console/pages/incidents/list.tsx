/** The list of incidents: those that are not over come first. Those of severity info are folded away. */
import type { FC } from 'hono/jsx'
import { INCIDENT_STATES, type Incident } from '../../../watch/incidents/incident.ts'
import { SEVERITIES } from '../../../watch/severity.ts'
import type { ConsoleContext } from '../../context.ts'
import { OPEN_STATES, OVER_STATES, listIncidents } from '../../incidents.ts'
import { type ListRead, listPage } from '../list-page.tsx'
import { optionsOf } from '../options.ts'
import { sourceFilter } from '../sources/names.ts'
import { INCIDENT_COLUMNS } from './columns.tsx'
import { INCIDENTS } from './resource.ts'

export const UNREAD_INCIDENTS = 'The object that keeps incidents did not answer. Load the page again.'

const ROWS = 50
/** Incidents of severity info are counted up to this number. */
const FOLDED_MAX = 100

/** An unknown value narrows nothing. */
const oneOf = <T extends string>(all: readonly T[], text: string | null): T | undefined =>
  all.find((one) => one === text)

/**
 * A page: those that are not over, then the others, each group from the newest on. The cursor is a group, and the number before which it
 * goes on there.
 */
async function read(c: ConsoleContext, query: URLSearchParams): Promise<ListRead<Incident, number>> {
  const context = c.get('context')
  const state = oneOf(INCIDENT_STATES, query.get('state'))
  const severity = oneOf(SEVERITIES, query.get('severity'))
  const source = (query.get('source') ?? '').trim() || null
  const groups = state === undefined ? [OPEN_STATES, OVER_STATES] : [[state]]
  const [, from = '0', before = null] = /^([01])-([1-9][0-9]{0,8})$/.exec(query.get('cursor') ?? '') ?? []
  const rows: { readonly group: number; readonly incident: Incident }[] = []
  for (let group = Number(from); group < groups.length && rows.length <= ROWS; group++) {
    const found = await listIncidents(context, {
      states: groups[group] ?? null,
      severity: severity ?? 'warning',
      source,
      limit: ROWS + 1 - rows.length,
      before: before !== null && group === Number(from) ? Number(before) : null,
    })
    if (found === undefined) return { rows: undefined, next: null, extra: 0 }
    rows.push(...found.map((incident) => ({ group, incident })))
  }
  const last = rows[ROWS - 1]
  const all =
    severity === undefined
      ? await listIncidents(context, { states: groups[0] ?? null, source, limit: FOLDED_MAX })
      : []
  return {
    rows: rows.slice(0, ROWS).map(({ incident }) => incident),
    next: rows.length > ROWS && last !== undefined ? `${last.group}-${last.incident.number}` : null,
    extra: (all ?? []).filter((one) => one.severity === 'info').length,
  }
}

/** Number of incidents of severity info, with a link that shows them among the others. */
const Folded: FC<{ extra: number; query: URLSearchParams }> = ({ extra, query }) => {
  if (extra === 0) return null
  const shown = new URLSearchParams([...query].filter(([name]) => name === 'state' || name === 'source'))
  shown.set('severity', 'info')
  return (
    <p class="soft">
      {extra} of severity info {extra === 1 ? 'is' : 'are'} folded away.{' '}
      <a href={`${INCIDENTS.path}?${shown.toString()}`}>Show all</a>
    </p>
  )
}

export const incidentList = listPage({
  path: INCIDENTS.path,
  title: 'Incidents',
  who: 'viewer',
  lead: 'What the watch found. Those that are not over come first.',
  read,
  filters: async (c) => [
    { name: 'state', label: 'State', options: optionsOf(INCIDENT_STATES) },
    { name: 'severity', label: 'Severity at least', options: optionsOf(SEVERITIES) },
    ...(await sourceFilter(c)),
  ],
  unread: UNREAD_INCIDENTS,
  empty: 'Nothing is wrong, as far as the watch knows.',
  caption: 'Incidents',
  columns: INCIDENT_COLUMNS,
  Before: Folded,
})
