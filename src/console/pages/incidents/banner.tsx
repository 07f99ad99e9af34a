import type { FC } from 'hono/jsx'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { SEVERITY_TONES } from '../../messages/incidents.ts'
import { Said } from '../components.tsx'
import { subjectOf } from './columns.tsx'
import { INCIDENTS } from './resource.ts'

/** Says that nobody takes care of an incident yet. @param incidents those, the most severe first */
export const IncidentBanner: FC<{ incidents: readonly Incident[] }> = ({ incidents: [first, ...others] }) =>
  first !== undefined && (
    <p class={`notice banner ${SEVERITY_TONES[first.severity]}`}>
      Nobody has acknowledged{' '}
      <a href={INCIDENTS.pathOf(first.number)}>
        <strong>incident {first.number}</strong>
      </a>
      , {first.severity}, {subjectOf(first)}: <Said text={first.headline} max={300} />
      {others.length > 0 && (
        <>
          {' '}
          <a href={`${INCIDENTS.path}?state=open`}>
            And {others.length} more {others.length === 1 ? 'incident' : 'incidents'}
          </a>
        </>
      )}
    </p>
  )
