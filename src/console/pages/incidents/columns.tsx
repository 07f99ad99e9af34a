/** Incidents in a table. */
import type { FC } from 'hono/jsx'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { kindName } from '../../../watch/names.ts'
import { isOver } from '../../incidents.ts'
import { SEVERITY_TONES, STATE_TONES } from '../../messages/incidents.ts'
import type { Tone } from '../../messages/tone.ts'
import { Badge, type Column, Said, Shown, State, When } from '../components.tsx'
import { INCIDENTS } from './resource.ts'

type Standing = Pick<Incident, 'state' | 'severity'>

/** An incident that is over is not graded any more. */
export const toneOf = (incident: Standing): Tone =>
  isOver(incident) ? STATE_TONES[incident.state] : SEVERITY_TONES[incident.severity]

/** `critical`, `warning, contained`, `resolved`. */
export const wordOf = (incident: Standing): string => {
  const { state, severity } = incident
  if (isOver(incident)) return state
  return state === 'contained' ? `${severity}, contained` : severity
}

export const SeverityBadge: FC<Pick<Incident, 'severity'>> = ({ severity }) => (
  <Badge tone={SEVERITY_TONES[severity]}>{severity}</Badge>
)

/** Subject of an incident, in a word or two. */
export const subjectOf = ({ source, sources }: Pick<Incident, 'source' | 'sources'>): string =>
  source ?? (sources.length > 1 ? `${sources.length} sources` : (sources[0] ?? 'the whole installation'))

export const INCIDENT_COLUMNS: readonly Column<Incident>[] = [
  {
    label: 'Incident',
    cell: (incident) => (
      <a class="row-link" href={INCIDENTS.pathOf(incident.number)}>
        <State tone={toneOf(incident)}>
          {incident.number}: {kindName(incident.kind)}
        </State>
      </a>
    ),
  },
  { label: 'State', cell: wordOf },
  { label: 'At', cell: (incident) => <Shown text={subjectOf(incident)} max={200} /> },
  { label: 'What', kind: 'long', cell: ({ headline }) => <Said text={headline} max={400} /> },
  {
    label: 'Who',
    cell: ({ assignee, acknowledgedMs }) => (
      <Shown text={assignee ?? (acknowledgedMs === null ? null : 'acknowledged')} max={80} />
    ),
  },
  { label: 'Since', cell: ({ sinceMs }) => <When at={sinceMs} /> },
]
