/** Facts about an incident: its subject and risk, what was found and on what evidence, what was contained, and what happened. */
import type { FC } from 'hono/jsx'
import { TEXT_MAX_CHARACTERS } from '../../../api/incidents.ts'
import type { Containment } from '../../../registry/containment/containment.ts'
import {
  type Counted,
  EVIDENCE_LISTS,
  type IncidentEvidence,
  type Sample,
} from '../../../watch/incidents/evidence.ts'
import type { Incident, IncidentFinding, TimelineEntry } from '../../../watch/incidents/incident.ts'
import { actorName } from '../../messages/actor.ts'
import { measureWords } from '../../messages/containments.ts'
import { kindName } from '../../../watch/names.ts'
import { featureWords } from '../../messages/incidents.ts'
import {
  Action,
  Badge,
  type Column,
  Empty,
  Facts,
  List,
  Part,
  Said,
  Shown,
  ShownLines,
  Table,
  TextBlock,
  Under,
  When,
} from '../components.tsx'
import { deliveryPath } from '../delivery/paths.ts'
import { RequestLink } from '../request-link.tsx'
import { CHANNELS } from '../channels/resource.ts'
import { DESTINATIONS } from '../destinations/resource.ts'
import { SOURCES } from '../sources/resource.ts'
import { useView } from '../view.ts'
import { SeverityBadge } from './columns.tsx'
import { INCIDENTS } from './resource.ts'

interface IncidentProps {
  readonly incident: Incident
}

/** Facts in short: its subject, why it matters, and its times. The level of the risk beside the severity would be a second opinion. */
export const IncidentFacts: FC<IncidentProps> = ({ incident }) => {
  const { sources, kind, subject, risk, networks, assignee } = incident
  const subjectPath = SUBJECT_PATHS[kind]
  return (
    <Facts
      rows={[
        [sources.length > 1 ? 'Sources' : 'Source', <Sources sources={sources} />],
        subject !== null && [
          'Subject',
          subjectPath === undefined ? (
            <Shown text={subject} max={200} />
          ) : (
            <a href={subjectPath(subject)}>{subject}</a>
          ),
        ],
        [
          'Why it matters',
          <ul class="plain-list">
            {risk.reasons.map((reason) => (
              <li>
                <Said text={reason} max={400} />
              </li>
            ))}
          </ul>,
        ],
        ['Since', <When at={incident.sinceMs} />],
        ['Found', <When at={incident.openedMs} />],
        ['Networks', <Shown text={networks.join(', ')} code />],
        ['Assignee', <Shown text={assignee} max={200} />],
        incident.resolvedMs !== null && ['Resolved', <When at={incident.resolvedMs} />],
      ]}
    />
  )
}

/** Pages of subjects, by the kind of incident: there they are tried again, resumed or mended. */
const SUBJECT_PATHS: Readonly<Record<string, (name: string) => string>> = {
  destination_failing: DESTINATIONS.pathOf,
  channel_failing: CHANNELS.pathOf,
}

const Sources: FC<Pick<Incident, 'sources'>> = ({ sources }) =>
  sources.length === 0 ? (
    'the whole installation'
  ) : (
    <>
      {sources.map((source, i) => (
        <>
          {i > 0 && ', '}
          <a href={SOURCES.pathOf(source)}>{source}</a>
        </>
      ))}
    </>
  )

/** Containments because of it, and the buttons that lift them. */
export const Containments: FC<IncidentProps> = ({ incident: { number, containments } }) => (
  <Part
    id="containments"
    title="Containments"
    lead="What gateways do for a time because of it. Lifted, they stop within a second."
  >
    <List
      caption="Containments"
      columns={containmentColumns(`${INCIDENTS.pathOf(number)}/lift`)}
      rows={containments.toReversed()}
      empty="Nothing was contained."
    />
  </Part>
)

const containmentColumns = (liftPath: string): readonly Column<Containment>[] => [
  {
    label: 'What',
    kind: 'long',
    cell: (one) => (
      <>
        <Shown text={measureWords(one)} max={200} />
        <span class="under">{one.source}</span>
      </>
    ),
  },
  { label: 'Since', cell: ({ startedAtMs }) => <When at={startedAtMs} /> },
  {
    label: 'Ends',
    cell: ({ liftedAtMs, endsAtMs }) => (
      <>
        <When at={liftedAtMs ?? endsAtMs} />
        {liftedAtMs !== null && <span class="under">lifted</span>}
      </>
    ),
  },
  {
    label: 'By',
    cell: ({ by }) =>
      by === 'policy' ? 'the policy of the source' : <Shown text={actorName(by)} max={200} />,
  },
  {
    label: 'Actions',
    role: 'operator',
    cell: (one) => <Lift containment={one} path={liftPath} />,
  },
]

const Lift: FC<{ containment: Containment; path: string }> = ({ containment, path }) => {
  const { id, liftedAtMs, endsAtMs } = containment
  const { nowMs } = useView()
  if (liftedAtMs !== null || endsAtMs <= nowMs) return 'over'
  return <Action action={path} fields={{ id }} label="Lift" on={measureWords(containment)} quiet />
}

const FINDINGS: readonly Column<IncidentFinding>[] = [
  {
    label: 'Kind',
    cell: ({ kind, subject }) => (
      <>
        {kindName(kind)}
        <Under text={subject} max={200} />
      </>
    ),
  },
  { label: 'Severity', cell: ({ severity }) => <SeverityBadge severity={severity} /> },
  {
    label: 'Evidence',
    kind: 'long',
    cell: ({ evidence, current, worst, features }) => (
      <>
        <Said text={evidence} max={1_000} />
        {worst.atMs < current.atMs && (
          <span class="under">
            At its worst, <When at={worst.atMs} />: <Said text={worst.evidence} max={1_000} />
          </span>
        )}
        {features.map((feature) => (
          <Under text={featureWords(feature)} max={200} />
        ))}
      </>
    ),
  },
  { label: 'Since', cell: ({ sinceMs }) => <When at={sinceMs} /> },
  {
    label: 'Over',
    cell: ({ endedMs, current }) =>
      endedMs === null ? (
        <>
          <Badge tone="bad">it lasts</Badge>
          <span class="under">
            found <When at={current.atMs} />
          </span>
        </>
      ) : (
        <When at={endedMs} />
      ),
  },
]

/** Findings of each pattern beside the usual values, and what its events and refusals have in common, with samples. */
export const Evidence: FC<IncidentProps & { evidence: IncidentEvidence | null }> = ({
  incident,
  evidence,
}) => (
  <Part id="evidence" title="Evidence" lead="What was noticed, what is usual, and where it comes from.">
    <List
      caption="Findings"
      columns={FINDINGS}
      rows={incident.findings}
      empty="Nothing is left of what was noticed."
    />
    {evidence === null ? (
      <Empty>No event and no refusal of it is stored.</Empty>
    ) : (
      <>
        {evidence.events > 0 && <p class="soft">Of the latest {evidence.events} events:</p>}
        <div class="tallies">
          {EVIDENCE_LISTS.map(
            ([of, words]) =>
              evidence[of].length > 0 && (
                <div>
                  <h3>{words}</h3>
                  <Tally counted={evidence[of]} isCampaign={of === 'campaigns'} />
                </div>
              ),
          )}
        </div>
        {evidence.samples.length > 0 && (
          <Table caption="Sample events" columns={SAMPLES} rows={evidence.samples} />
        )}
      </>
    )}
    {incident.findings.map(
      ({ example, subject }) =>
        example !== undefined && (
          <>
            <h3>Example{subject !== null && ` at ${subject}`}</h3>
            <p class="soft">One payload, in which each value is replaced by its type and length.</p>
            <TextBlock text={example} label="Example without values" copy="the example" />
          </>
        ),
    )}
  </Part>
)

/** Values with a bar each, the most frequent first. */
const Tally: FC<{ counted: readonly Counted[]; isCampaign: boolean }> = ({ counted, isCampaign }) => (
  <ul class="plain-list">
    {counted.map(({ name, count }) => {
      const shown = <Shown text={name} max={200} />
      const events = `/events?${new URLSearchParams({ campaign: name }).toString()}`
      return (
        <li>
          {isCampaign ? <a href={events}>{shown}</a> : shown}{' '}
          <span class="soft">{count.toLocaleString('en')}</span>
          <meter min={0} max={counted[0]?.count} value={count} aria-hidden="true" />
        </li>
      )
    })}
  </ul>
)

const SAMPLES: readonly Column<Sample>[] = [
  {
    label: 'Sample event',
    cell: ({ eventId, type }) => (
      <a href={deliveryPath(eventId)}>
        <Shown text={type} max={100} />
      </a>
    ),
  },
  { label: 'Received', cell: ({ receivedMs }) => <When at={receivedMs} /> },
  { label: 'Request', kind: 'long', cell: ({ requestId }) => <RequestLink requestId={requestId} /> },
]

/** Entries of the timeline, oldest first. */
export const Timeline: FC<IncidentProps> = ({ incident: { timeline } }) => (
  <List caption="Timeline" columns={TIMELINE} rows={timeline} empty="Nothing happened yet." />
)

const TIMELINE: readonly Column<TimelineEntry>[] = [
  { label: 'When', cell: ({ atMs }) => <When at={atMs} /> },
  { label: 'Kind', cell: ({ kind }) => kind.replaceAll('_', ' ') },
  {
    label: 'Details',
    kind: 'long',
    cell: ({ text }) => <ShownLines text={text} max={TEXT_MAX_CHARACTERS} />,
  },
  {
    label: 'Who',
    cell: ({ who }) => (who === null ? 'Postern' : <Shown text={actorName(who)} max={200} />),
  },
]
