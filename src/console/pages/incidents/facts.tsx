/** Facts about an incident: its subject and risk, what was found and on what evidence, what was contained, and what happened. */
import type { FC } from 'hono/jsx'
import { TEXT_MAX_CHARACTERS } from '../../../api/incidents.ts'
import { type Cause, meaningOf } from '../../../event/cause/causes.ts'
import { capital } from '../../../platform/capital.ts'
import { toInstant } from '../../../platform/time.ts'
import type { Containment } from '../../../registry/containment/containment.ts'
import {
  type Counted,
  EVIDENCE_LISTS,
  type IncidentEvidence,
  type Sample,
} from '../../../watch/incidents/evidence.ts'
import type {
  Incident,
  IncidentFinding,
  Review as IncidentReview,
  TimelineEntry,
} from '../../../watch/incidents/incident.ts'
import { type MainCause, mainCauseName, pageOfCause } from '../../../watch/main-cause.ts'
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
  For,
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
import { listAddress } from '../address.ts'
import { deliveryPath } from '../delivery/paths.ts'
import { Form } from '../form.tsx'
import { RequestLink } from '../request-link.tsx'
import { CHANNELS } from '../channels/resource.ts'
import { DESTINATIONS } from '../destinations/resource.ts'
import { SOURCES } from '../sources/resource.ts'
import { useMay, useView } from '../view.ts'
import { NoteField } from './acts.tsx'
import { SeverityBadge } from './columns.tsx'
import { INCIDENTS } from './resource.ts'

interface IncidentProps {
  readonly incident: Incident
}

/** Facts in short: its subject, why it matters, and its times. */
export const IncidentFacts: FC<IncidentProps> = ({ incident }) => {
  const { sources, kind, subject, main, risk, networks, resolvedMs } = incident
  const path = subjectPath(kind, subject)
  return (
    <Part id="facts" title="About">
      <Facts
        rows={[
          [sources.length > 1 ? 'Sources' : 'Source', <Sources incident={incident} />],
          subject !== null &&
            !sources.includes(subject) && [
              'Subject',
              path === undefined ? <Shown text={subject} max={200} /> : <a href={path}>{subject}</a>,
            ],
          main !== undefined &&
            main.cause !== null && [
              'Main cause',
              <Main incident={incident} main={main} cause={main.cause} />,
            ],
          risk.reasons.length > 0 && [
            'Why it matters',
            <ul class="plain-list">
              {risk.reasons.map((reason) => (
                <li>
                  <Said text={reason} max={400} />
                </li>
              ))}
            </ul>,
          ],
          networks.length > 0 && ['Networks', <Shown text={networks.join(', ')} code />],
          ['Found', <When at={incident.openedMs} />],
          resolvedMs !== null && ['Resolved', <When at={resolvedMs} />],
        ]}
      />
    </Part>
  )
}

/** The cause with its meaning and what its failures share; it leads to them. */
const Main: FC<IncidentProps & { main: MainCause; cause: Cause }> = ({ incident, main, cause }) => {
  const { source, sinceMs } = incident
  const { campaign, mailboxProvider, domain, count, events } = main
  const page = pageOfCause(main)
  const of = { show: 'accepted', types: 'email.bounced', cause, from: toInstant(sinceMs) }
  const shared = [mailboxProvider, domain, campaign].flatMap((one) =>
    one === null ? [] : [`${one.name} (${one.count})`],
  )
  return (
    <>
      <a href={listAddress('/activity', new URLSearchParams(source === null ? of : { ...of, source }))}>
        {mainCauseName(main)}
      </a>
      : {count} of the latest {events}
      <Under text={meaningOf(cause).means} max={400} />
      {page !== null && (
        <span class="under">
          <a href={page} target="_blank" rel="noopener noreferrer">
            {page.replace('https://', '')}
          </a>
        </span>
      )}
      <Under text={shared.length === 0 ? null : `Most share: ${shared.join(', ')}`} max={400} />
    </>
  )
}

/** Pages of subjects, by the kind of incident: there they are tried again, resumed or mended. */
const SUBJECT_PATHS: Readonly<Record<string, (name: string) => string>> = {
  destination_failing: DESTINATIONS.pathOf,
  channel_failing: CHANNELS.pathOf,
  webhook_off: SOURCES.pathOf,
  sync_stopped: SOURCES.pathOf,
}

/** The page of its subject; undefined without one. */
export const subjectPath = (kind: string, subject: string | null): string | undefined =>
  subject === null ? undefined : SUBJECT_PATHS[kind]?.(subject)

const Sources: FC<IncidentProps> = ({ incident: { sources } }) =>
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

/** Containments because of it, newest first, and the buttons that lift them. */
export const Containments: FC<IncidentProps> = ({ incident: { number, containments } }) => (
  <Part id="containments" title="Contained">
    <ul class="plain-list">
      {containments.toReversed().map((one) => (
        <li>
          <strong>
            <Shown text={measureWords(one)} max={200} />
          </strong>{' '}
          at {one.source}
          <span class="under">
            <When at={one.startedAtMs} />, by {byWords(one)}; {one.liftedAtMs === null ? 'until' : 'lifted'}{' '}
            <When at={one.liftedAtMs ?? one.endsAtMs} />
          </span>
          <Lift containment={one} path={`${INCIDENTS.pathOf(number)}/lift`} />
        </li>
      ))}
    </ul>
  </Part>
)

const byWords = ({ by }: Containment) =>
  by === 'policy' ? 'the policy of the source' : <Shown text={actorName(by)} max={200} />

const Lift: FC<{ containment: Containment; path: string }> = ({ containment, path }) => {
  const { id, liftedAtMs, endsAtMs } = containment
  const lasts = liftedAtMs === null && endsAtMs > useView().nowMs
  if (!useMay('operator') || !lasts) return null
  return <Action action={path} fields={{ id }} label="Lift" on={measureWords(containment)} quiet />
}

const findingColumns = ({ resolvedMs }: Incident): readonly Column<IncidentFinding>[] => [
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
    cell: ({ endedMs }) =>
      (endedMs ?? resolvedMs) === null ? (
        <Badge tone="bad">it lasts</Badge>
      ) : (
        <When at={endedMs ?? resolvedMs} />
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
      columns={findingColumns(incident)}
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
      const events = `/activity?${new URLSearchParams({ campaign: name }).toString()}`
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
      <a href={deliveryPath(eventId)} data-open="panel">
        <Shown text={type} max={100} />
      </a>
    ),
  },
  { label: 'Received', cell: ({ receivedMs }) => <When at={receivedMs} /> },
  { label: 'Request', kind: 'long', cell: ({ requestId }) => <RequestLink requestId={requestId} /> },
]

/** Entries of Postern and of people, oldest first, and the field for one more. */
export const Timeline: FC<IncidentProps> = ({ incident: { number, timeline } }) => (
  <Part id="timeline" title="Timeline">
    <Table caption="Timeline" columns={TIMELINE} rows={timeline} />
    <For role="operator">
      <Form action={`${INCIDENTS.pathOf(number)}/notes`} label="Add the note" look="quiet">
        <NoteField />
      </Form>
    </For>
  </Part>
)

const TIMELINE: readonly Column<TimelineEntry>[] = [
  { label: 'When', cell: ({ atMs }) => <When at={atMs} /> },
  {
    label: 'What',
    kind: 'long',
    cell: ({ text, kind }) => (
      <>
        <strong>{capital(kind.replaceAll('_', ' '))}</strong>{' '}
        <ShownLines text={text} max={TEXT_MAX_CHARACTERS} />
      </>
    ),
  },
  {
    label: 'Who',
    cell: ({ who }) => (who === null ? 'Postern' : <Shown text={actorName(who)} max={200} />),
  },
]

/** Cause and lessons, once somebody has reviewed it. */
export const Review: FC<{ review: IncidentReview }> = ({ review }) => (
  <Part id="review" title="Review">
    <Facts
      rows={[
        ['Cause', <ShownLines text={review.cause} max={TEXT_MAX_CHARACTERS} />],
        ['Lessons', <ShownLines text={review.lessons} max={TEXT_MAX_CHARACTERS} />],
        ['By', <Shown text={actorName(review.by)} max={200} />],
        ['When', <When at={review.atMs} />],
      ]}
    />
  </Part>
)
