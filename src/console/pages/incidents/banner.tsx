import type { FC } from 'hono/jsx'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { SEVERITY_TONES } from '../../messages/incidents.ts'
import { For, Said } from '../components.tsx'
import { subjectOf } from './columns.tsx'
import { INCIDENTS, containPath } from './resource.ts'

/** The first of some open incidents, with what is recommended first. @param incidents the most severe first */
export const IncidentBanner: FC<{ incidents: readonly Incident[] }> = ({ incidents: [first, ...others] }) => {
  if (first === undefined) return null
  const { number, severity, headline, advice, actions } = first
  const path = INCIDENTS.pathOf(number)
  const containing = actions.find(({ contain }) => contain !== null)
  return (
    <div class={`notice banner ${SEVERITY_TONES[severity]}`}>
      <span>
        <a href={path}>
          <strong>Incident {number}</strong>
        </a>
        , {severity}, {subjectOf(first)}: <Said text={headline} max={300} />
        {containing === undefined && advice[0] !== undefined && (
          <span class="under">
            <Said text={advice[0]} max={400} />
          </span>
        )}
        {others.length > 0 && (
          <>
            {' '}
            <a href={`${INCIDENTS.path}?state=open`}>
              And {others.length} more {others.length === 1 ? 'incident' : 'incidents'}
            </a>
          </>
        )}
      </span>
      <span class="buttons">
        {containing !== undefined && (
          <For role="operator">
            <a class="button" href={containPath(number, containing.label)} data-open="dialog">
              {containing.label}
            </a>
          </For>
        )}
        <a class="button primary" href={path}>
          Open it
        </a>
      </span>
    </div>
  )
}
