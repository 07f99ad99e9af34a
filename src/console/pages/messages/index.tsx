/** One message: all its events in the order in which they happened. */
import type { FC } from 'hono/jsx'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { listEvents } from '../../../store/events.ts'
import { may, mayEverywhere, sees } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { eventTimeMs } from '../../messages/events.ts'
import { answered } from '../../request-context.ts'
import { answerPage } from '../answer.tsx'
import { Facts, Part, Shown, Table, When } from '../components.tsx'
import { DESTINATIONS } from '../destinations/resource.ts'
import { EVENT_COLUMNS } from '../events/columns.tsx'
import type { PageRoute } from '../route.ts'
import { answerUnstored } from '../unstored.ts'

/** A newsletter may have one message id for all its recipients. */
const EVENTS = 200

async function showMessage(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const { store, actor, nowMs } = context
  const [source, messageId] = [c.req.param('source') ?? '', c.req.param('message') ?? '']
  const { events, next_cursor: next } = sees(actor, source)
    ? await listEvents(store, { source, message_id: messageId, limit: EVENTS }, nowMs)
    : { events: [], next_cursor: null }
  // A viewer gets no addresses, so all recipients would count as one.
  const mayRead = may(actor, 'operator')
  const [newest, oldest] = [events[0], events.at(-1)]
  if (newest === undefined || oldest === undefined) return answerUnstored(c, 'No such message', UNKNOWN)
  const since = events.map(({ received_at: at }) => at).toSorted()[0] ?? oldest.received_at
  const destinations = mayEverywhere(actor, 'operator')
    ? await answered(context, 'registry', () => context.registry.destinations.list())
    : undefined
  return answerPage(
    c,
    {
      title: 'Message',
      heading: (
        <>
          Message <Shown text={messageId} max={200} code />
        </>
      ),
      back: { href: '/events', text: 'Events' },
    },
    <>
      <Facts
        rows={[
          ['Source', <a href={`/sources/${source}`}>{source}</a>],
          ['First event', <When at={eventTimeMs(oldest)} />],
          ['Last event', <When at={eventTimeMs(newest)} />],
          mayRead && [
            'Recipients',
            new Set(events.map(({ recipient }) => recipient)).size.toLocaleString('en'),
          ],
        ]}
      />
      <Table caption="Events of this message, oldest first" columns={COLUMNS} rows={events.toReversed()} />
      {next !== null && <p class="more">The newest {EVENTS} events. The message has more.</p>}
      <SendAgain to={destinations ?? []} source={source} messageId={messageId} since={since} />
    </>,
  )
}

const COLUMNS = EVENT_COLUMNS.filter(({ label }) => label !== 'Source')

interface SendAgainProps {
  readonly to: readonly DestinationView[]
  readonly source: string
  readonly messageId: string
  /** When the first of its events was received. */
  readonly since: string
}

/** Links to the plans of its replays. */
const SendAgain: FC<SendAgainProps> = ({ to, source, messageId, since }) =>
  to.length > 0 && (
    <Part
      id="again"
      title="Send its events again"
      lead="You first see how many it would be. A receiver that knows an event drops it."
    >
      <div class="buttons">
        {to.map(({ name }) => (
          <a
            class="button"
            href={`${DESTINATIONS.pathOf(name)}/replay?${new URLSearchParams({ from: since, source, message: messageId }).toString()}`}
          >
            To {name}
          </a>
        ))}
      </div>
    </Part>
  )

const UNKNOWN =
  'No event of this source has this id of a message. Each ESP has ids of its own: look at one of its events for their form.'

export const messagePages: readonly PageRoute[] = [
  { path: '/messages/:source/:message', who: 'viewer', get: showMessage },
]
