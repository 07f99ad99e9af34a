/** Incidents in a table: in their list, and on the first page. */
import type { FC } from 'hono/jsx'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { kindName } from '../../../watch/names.ts'
import { SEVERITY_TONES, STATE_TONES } from '../../messages/incidents.ts'
import { Badge, type Column, Said, Under, When } from '../components.tsx'
import { INCIDENTS } from './resource.ts'

export const StateBadge: FC<Pick<Incident, 'state'>> = ({ state }) => (
  <Badge tone={STATE_TONES[state]}>{state}</Badge>
)

export const SeverityBadge: FC<Pick<Incident, 'severity'>> = ({ severity }) => (
  <Badge tone={SEVERITY_TONES[severity]}>{severity}</Badge>
)

/** Subject of an incident, in a word or two. */
export const subjectOf = ({ source, sources }: Pick<Incident, 'source' | 'sources'>): string =>
  source ?? (sources.length === 0 ? 'the whole installation' : `${sources.length} sources`)

export const INCIDENT_COLUMNS: readonly Column<Incident>[] = [
  {
    label: 'Incident',
    cell: ({ number, kind }) => (
      <>
        <a href={INCIDENTS.pathOf(number)}>
          <strong>Incident {number}</strong>
        </a>
        <span class="under">{kindName(kind)}</span>
      </>
    ),
  },
  { label: 'Severity', cell: ({ severity }) => <SeverityBadge severity={severity} /> },
  {
    label: 'State',
    cell: ({ state, assignee }) => (
      <>
        <StateBadge state={state} />
        <Under text={assignee} max={80} />
      </>
    ),
  },
  {
    label: 'What',
    kind: 'long',
    cell: (incident) => (
      <>
        <Said text={incident.headline} max={400} />
        <Under text={subjectOf(incident)} max={200} />
      </>
    ),
  },
  { label: 'Since', cell: ({ sinceMs }) => <When at={sinceMs} /> },
]
