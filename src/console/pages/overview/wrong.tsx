/** The list of findings, as incidents, health and `postern doctor` say them: each row leads to the page where it is mended. */
import type { FC } from 'hono/jsx'
import type { Finding } from '../../../api/health.ts'
import { OF_QUEUES } from '../../../watch/operations/facts.ts'
import { SEVERITY_TONES } from '../../messages/incidents.ts'
import { Badge, Empty, Said } from '../components.tsx'
import { DESTINATIONS } from '../destinations/resource.ts'
import { INCIDENTS } from '../incidents/resource.ts'
import { SOURCES } from '../sources/resource.ts'

/** More would hide the rest of the page. */
const SHOWN = 20

/** Infos need nobody: they are counted. @param all the page of all findings */
export const WrongList: FC<{ findings: readonly Finding[]; all: string }> = ({ findings, all }) => {
  const wrong = findings.filter(({ severity }) => severity !== 'info')
  const left = findings.length - Math.min(wrong.length, SHOWN)
  if (findings.length === 0) return <Empty>Nothing is wrong, as far as the watch knows.</Empty>
  return (
    <>
      {wrong.length === 0 && <Empty>Nothing needs somebody now.</Empty>}
      {wrong.length > 0 && (
        <ul class="wrong">
          {wrong.slice(0, SHOWN).map((one) => (
            <li>
              <Badge tone={SEVERITY_TONES[one.severity]}>{one.severity}</Badge>{' '}
              <a href={pathOf(one)}>
                {one.incident === null ? one.title : `Incident ${one.incident}: ${one.title}`}
              </a>
              <span>
                <Said text={one.says} max={400} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {left > 0 && (
        <p>
          <a href={all}>
            {left} more {left === 1 ? 'finding' : 'findings'}
            {wrong.length <= SHOWN && ', for information'}
          </a>
        </p>
      )}
    </>
  )
}

function pathOf({ kind, subject, source, incident }: Finding): string {
  if (incident !== null) return INCIDENTS.pathOf(incident)
  if (source !== null) return SOURCES.pathOf(source)
  if (kind === 'quarantined') return '/quarantine'
  if (subject === OF_QUEUES) return '/dead-letters'
  const isDestination = /^(?:destination|dead_letters|reader)/.test(kind)
  return isDestination && subject !== null ? DESTINATIONS.pathOf(subject) : '/system'
}
