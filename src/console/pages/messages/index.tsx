/** One message: all its events in the order in which they happened. */
import type { FC } from 'hono/jsx'
import { listEvents } from '../../../store/events.ts'
import { historySince } from '../../../store/history.ts'
import type { StoredEvent } from '../../../store/stored-event.ts'
import { may, mayEverywhere, sees } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { eventTimeMs } from '../../messages/events.ts'
import { historyWords } from '../../messages/history.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { Facts, Shown, Table, When } from '../components.tsx'
import { quoted } from '../events/as-command.tsx'
import { EVENT_COLUMNS } from '../events/columns.tsx'
import type { PageRoute } from '../route.ts'

/** A newsletter may have one message id for all its recipients. */
const EVENTS = 200

async function showMessage(c: ConsoleContext): Promise<Response> {
  const { store, actor, nowMs } = c.get('context')
  const [source, messageId] = [c.req.param('source') ?? '', c.req.param('message') ?? '']
  const { events, next_cursor: next } = sees(actor, source)
    ? await listEvents(store, { source, message_id: messageId, limit: EVENTS }, nowMs)
    : { events: [], next_cursor: null }
  // A viewer gets no addresses, so all recipients would count as one.
  const mayRead = may(actor, 'operator')
  const [newest, oldest] = [events[0], events.at(-1)]
  if (newest === undefined || oldest === undefined) {
    const since = await historySince(store)
    return answerNotice(
      c,
      404,
      'No such message',
      `${UNKNOWN}${since === null ? '' : ` ${historyWords(since)}`}`,
    )
  }
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
      {mayEverywhere(actor, 'operator') && <SendAgain event={oldest} messageId={messageId} />}
    </>,
  )
}

const COLUMNS = EVENT_COLUMNS.filter(({ label }) => label !== 'Source')

/** A replay to a destination begins with its plan: a command, since a page would need every filter of a replay. */
const SendAgain: FC<{ event: StoredEvent; messageId: string }> = ({ event, messageId }) => {
  const { source, received_at: since, message_id: id } = event
  // In JSON, too, what is not plain ASCII is named by its number.
  const json = JSON.stringify({ message_id: id ?? messageId })
  const where = quoted(
    json.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )
  return (
    <details class="after">
      <summary>Send its events again to a destination</summary>
      <p>Put in the name of the destination. Without --plan it sends what it has counted.</p>
      <pre data-copy="the command">{`postern destinations replay NAME --since ${since} --sources ${source} --where ${where} --plan`}</pre>
    </details>
  )
}

const UNKNOWN =
  'No event of this source has this id of a message. Each ESP has ids of its own: look at one of its events for their form.'

export const messagePages: readonly PageRoute[] = [
  { path: '/messages/:source/:message', who: 'viewer', get: showMessage },
]
