import type { FC } from 'hono/jsx'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { RISK_TONES, nameWords } from '../../messages/incidents.ts'
import { Badge, Facts, Nothing, Shown, When } from '../components.tsx'
import { signalsPath, sourcePath } from '../source-path.ts'

/** Facts about an incident in short: its subject, its risk and the reasons, and its times. */
export const IncidentFacts: FC<{ incident: Incident; nowMs: number }> = ({ incident, nowMs }) => {
  const { sources, kind, subject, risk, networks, assignee } = incident
  const when = (ms: number | null) => <When ms={ms ?? undefined} nowMs={nowMs} />
  return (
    <Facts
      rows={[
        [sources.length > 1 ? 'Sources' : 'Source', <Sources sources={sources} />],
        ['Kind', nameWords(kind)],
        ...(subject === null ? [] : [['Subject', <Shown text={subject} max={200} />] as const]),
        ['Risk', <Risk risk={risk} />],
        ['Since', when(incident.sinceMs)],
        ['Found', when(incident.openedMs)],
        ['Networks', networks.length === 0 ? <Nothing /> : <Shown text={networks.join(', ')} code />],
        ['Acknowledged', when(incident.acknowledgedMs)],
        ['Assignee', <Shown text={assignee} max={200} />],
        ...(incident.containedMs === null ? [] : [['Contained', when(incident.containedMs)] as const]),
        ...(incident.resolvedMs === null ? [] : [['Resolved', when(incident.resolvedMs)] as const]),
      ]}
    />
  )
}

const Sources: FC<Pick<Incident, 'sources'>> = ({ sources }) =>
  sources.length === 0 ? (
    <>the whole installation</>
  ) : (
    <>
      {sources.map((source, i) => (
        <>
          {i === 0 ? '' : ', '}
          <a href={sourcePath(source)}>{source}</a> (<a href={signalsPath(source)}>signals</a>)
        </>
      ))}
    </>
  )

const Risk: FC<Pick<Incident, 'risk'>> = ({ risk: { level, reasons } }) => (
  <>
    <Badge tone={RISK_TONES[level]}>{level}</Badge>
    <ul class="plain-list">
      {reasons.map((reason) => (
        <li>
          <Shown text={reason} max={400} />
        </li>
      ))}
    </ul>
  </>
)
