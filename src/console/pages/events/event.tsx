/** One event: what happened, how its delivery was let in, where it went. */
import type { FC } from 'hono/jsx'
import type { Attempt } from '../../../api/destinations.ts'
import { findEvent } from '../../../store/events.ts'
import type { StoredEvent } from '../../../store/stored-event.ts'
import { seesAll } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { shownDeliveries } from '../../destinations.ts'
import { securityWords } from '../../messages/describe-decision.ts'
import { eventTimeMs, eventTone, eventWord } from '../../messages/events.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { answerPage } from '../answer.tsx'
import { Badge, type Column, type Fact, Facts, List, Part, Shown, TextBlock, When } from '../components.tsx'
import { OUTCOME_TONES, tryWord } from '../destinations/lists.tsx'
import { DESTINATIONS } from '../destinations/resource.ts'
import { messagePath } from '../messages/path.ts'
import { PersonLink } from '../people/link.tsx'
import { RequestLink } from '../request-link.tsx'
import { SOURCES } from '../sources/resource.ts'
import { answerUnstored } from '../unstored.ts'

/** Destinations whose attempts are asked for: each is a call. */
const DESTINATIONS_ASKED = 20
/** Of each destination. */
const ATTEMPTS = 10

export async function showEvent(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const event = await findEvent(context.store, c.req.param('id') ?? '')
  if (event === undefined) return answerUnstored(c, 'No such event', 'No event has this id.')
  const attempts = seesAll(context.actor) ? await attemptsOf(context, event.id) : undefined
  return answerPage(
    c,
    {
      title: `${eventWord(event.type)} event`,
      heading: (
        <>
          Event <Badge tone={eventTone(event.type)}>{eventWord(event.type)}</Badge>
        </>
      ),
      back: { href: '/events', text: 'Events' },
    },
    <>
      <Happened event={event} />
      <Part id="let-in" title="How it was let in">
        <Facts
          rows={[
            ['Request', <RequestLink requestId={event.security.request_id} />],
            ['Decision', <Shown text={securityWords(event.security)} max={400} />],
            ['Received', <When at={event.received_at} />],
          ]}
        />
      </Part>
      {attempts !== undefined && <Went attempts={attempts} />}
      <Whole event={event} origin={context.consoleUrl} />
    </>,
  )
}

const Happened: FC<{ event: StoredEvent }> = ({ event }) => {
  const { source, message_id: message, reason, url, native_type: native } = event
  const plain = (label: string, value: string | null): Fact | false =>
    value !== null && value !== '' && [label, <Shown text={value} max={1_000} />]
  return (
    <Facts
      rows={[
        ['When', <When at={eventTimeMs(event)} />],
        ['Recipient', <PersonLink address={event.recipient} />],
        ['Source', <a href={SOURCES.pathOf(source)}>{source}</a>],
        message !== null && [
          'Message',
          <a href={messagePath(source, message)}>
            <Shown text={message} max={200} code />
          </a>,
        ],
        event.campaign_id !== null && [
          'Campaign',
          <a href={`/events?${new URLSearchParams({ campaign: event.campaign_id }).toString()}`}>
            <Shown text={event.campaign_id} max={200} />
          </a>,
        ],
        plain('Kind', event.bounce_type ?? event.reject_reason),
        plain('Status', [event.smtp_code, event.enhanced_code].filter((code) => code !== null).join(' ')),
        plain('In the words of the server', reason),
        plain('Link', url),
        plain('The ESP calls it', native),
        plain('Scope', event.scope ?? null),
        typeof event.automated === 'boolean' && [
          'Done by a machine',
          event.automated ? 'Yes, as the ESP says' : 'No, as the ESP says',
        ],
        plain('User agent', event.user_agent),
        plain('Client', event.client_ip),
        plain('Tags', event.tags.join(', ')),
      ]}
    />
  )
}

interface AttemptAt extends Attempt {
  readonly destination: string
}

/** The latest attempts to send the event on. @returns null if the registry or an object did not answer */
async function attemptsOf(context: RequestContext, id: string): Promise<readonly AttemptAt[] | null> {
  const all = await answered(context, 'registry', () => context.registry.destinations.list())
  if (all === undefined) return null
  const lists = await Promise.all(
    all.slice(0, DESTINATIONS_ASKED).map(({ name }) =>
      answered(context, 'destination', async () => {
        const query = { event_id: id, limit: ATTEMPTS, cursor: undefined }
        const { entries } = await shownDeliveries(context, name).attempts(query)
        return entries.map((attempt) => ({ ...attempt, destination: name }))
      }),
    ),
  )
  return lists.every((list) => list !== undefined) ? lists.flat() : null
}

const COLUMNS: readonly Column<AttemptAt>[] = [
  { label: 'When', cell: ({ at }) => <When at={at} /> },
  {
    label: 'Destination',
    cell: ({ destination }) => <a href={DESTINATIONS.pathOf(destination)}>{destination}</a>,
  },
  { label: 'Try', kind: 'number', cell: tryWord },
  {
    label: 'Outcome',
    cell: ({ outcome }) => <Badge tone={OUTCOME_TONES[outcome]}>{outcome}</Badge>,
  },
  { label: 'Status', kind: 'number', cell: ({ status }) => status ?? '–' },
  { label: 'Took', kind: 'number', cell: ({ milliseconds }) => `${milliseconds} ms` },
  {
    label: 'Answer',
    kind: 'long',
    cell: ({ error, response }) => <Shown text={response ?? error} max={500} />,
  },
]

const Went: FC<{ attempts: readonly AttemptAt[] | null }> = ({ attempts }) => (
  <Part id="went" title="Where it went" lead="The latest attempts of your destinations, kept for seven days.">
    <List
      caption="Attempts"
      columns={COLUMNS}
      rows={attempts ?? undefined}
      unread="Not every destination answered. Load the page again."
      empty="No destination has an attempt of it: none wants it, or it was sent more than seven days ago."
    />
  </Part>
)

/** The event as the API gives it, and how to ask for it. */
const Whole: FC<{ event: StoredEvent; origin: string }> = ({ event, origin }) => (
  <Part id="whole" title="All fields">
    <TextBlock text={JSON.stringify(event, null, 2)} label="The event as JSON" copy="the event as JSON" />
    <h3>As a command</h3>
    <pre data-copy="the command">{`curl '${origin}/api/events/${event.id}' -H "Authorization: Bearer $POSTERN_TOKEN"`}</pre>
  </Part>
)
