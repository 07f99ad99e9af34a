/** One message: all its events in the order in which they happened. */
import { listEvents } from '../../../store/events.ts'
import { may, mayEverywhere, sees } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { eventTimeMs } from '../../messages/events.ts'
import { answered } from '../../request-context.ts'
import { answerPage } from '../answer.tsx'
import { Facts, Shown, Table, When } from '../components.tsx'
import { EVENT_COLUMNS } from '../activity/accepted.tsx'
import { SOURCES } from '../sources/resource.ts'
import { answerUnstored } from '../unstored.ts'
import { SendAgain } from './send-again.tsx'

/** A newsletter may have one message id for all its recipients. */
const EVENTS = 200

const COLUMNS = EVENT_COLUMNS.filter(({ label }) => label !== 'Source')

export async function showMessage(c: ConsoleContext): Promise<Response> {
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
      back: { href: '/activity', text: 'Activity' },
      aside: <SendAgain to={destinations ?? []} source={source} messageId={messageId} since={since} />,
    },
    <>
      <Facts
        rows={[
          ['Source', <a href={SOURCES.pathOf(source)}>{source}</a>],
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
    </>,
  )
}

const UNKNOWN =
  'No event of this source has this id of a message. Each ESP has ids of its own: look at one of its events for their form.'
