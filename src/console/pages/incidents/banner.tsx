import type { FC } from 'hono/jsx'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { SEVERITY_TONES } from '../../messages/incidents.ts'
import { For, Said } from '../components.tsx'
import { subjectOf } from './columns.tsx'
import { INCIDENTS, containPath } from './resource.ts'

interface Props {
  /** Incidents of the source that are not over, the most severe first. */
  readonly incidents: readonly Incident[]
  readonly source: string
}

/** The first of the incidents of a source, with what is recommended first. */
export const IncidentBanner: FC<Props> = ({ incidents: [first, ...others], source }) => {
  if (first === undefined) return null
  const { number, severity, headline, sources, advice, actions } = first
  const path = INCIDENTS.pathOf(number)
  const containing = actions.find(({ contain }) => contain !== null)
  return (
    <div class={`notice banner ${SEVERITY_TONES[severity]}`}>
      <span>
        <a href={path}>
          <strong>Incident {number}</strong>
        </a>
        , {severity}
        {sources.length > 1 && `, ${subjectOf(first)}`}: <Said text={headline} max={300} />
        {containing === undefined && advice[0] !== undefined && (
          <span class="under">
            <Said text={advice[0]} max={400} />
          </span>
        )}
        {others.length > 0 && (
          <>
            {' '}
            <a href={`${INCIDENTS.path}?${new URLSearchParams({ source }).toString()}`}>
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
