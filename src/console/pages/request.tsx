/** Page of one delivery, by its request id: why it was refused, or its events. */
import { REQUEST_ID } from '../../platform/ids.ts'
import { listEventRows } from '../../store/events.ts'
import { eventReader } from '../../store/stored-event.ts'
import type { ConsoleContext } from '../context.ts'
import { securityWords } from '../messages/describe-decision.ts'
import { answerNotice, answerPage } from './answer.tsx'
import { Facts, List, Part, Shown, When } from './components.tsx'
import { AsCommand } from './events/as-command.tsx'
import { EVENT_COLUMNS } from './events/columns.tsx'
import { answerRefusal } from './refusals/refusal.tsx'
import { SOURCES } from './sources/resource.ts'
import { answerUnstored } from './unstored.ts'

/** Events that are shown of one delivery; the list of events has all. */
const EVENTS_SHOWN = 50

export async function showRequest(c: ConsoleContext): Promise<Response> {
  const { store, refusalLog, nowMs } = c.get('context')
  const requestId = c.req.param('request_id') ?? ''
  if (!REQUEST_ID.test(requestId)) {
    return answerNotice(
      c,
      400,
      'Not a request id',
      'A request id is req_ and 24 hex digits, or msg_ and the id of a queue’s message.',
    )
  }
  const [refusal] = await refusalLog.latest({ requestId, limit: 1 })
  if (refusal !== undefined) return answerRefusal(c, refusal)
  // A refused delivery has no events, so the store is asked only about the others.
  const rows = await listEventRows(store, { request_id: requestId, limit: EVENTS_SHOWN }, nowMs)
  const events = await Promise.all(rows.map(eventReader(store)))
  const [[row], [event]] = [rows, events]
  if (event === undefined || row === undefined) return answerUnstored(c, 'No such request', UNKNOWN)
  return answerPage(
    c,
    { title: `Request ${requestId}`, heading: 'Accepted', back: { href: '/events', text: 'Events' } },
    <>
      <p class="lead">The delivery was verified, and its events were stored. Its body is not kept.</p>
      <Facts
        rows={[
          ['Request', <Shown text={requestId} code />],
          ['Received', <When at={event.received_at} />],
          ['Source', <a href={SOURCES.pathOf(event.source)}>{event.source}</a>],
          ['Provider', event.provider],
          ['Decision', <Shown text={securityWords(event.security)} max={400} />],
          row.network !== null && [
            'Network',
            `${row.network}${row.asn === null ? '' : `, autonomous system ${row.asn}`}`,
          ],
          row.bytes !== null && ['Size', `${row.bytes.toLocaleString('en')} bytes`],
        ]}
      />
      <Part id="events" title="Its events">
        <List
          caption="Events of this delivery"
          columns={EVENT_COLUMNS}
          rows={events}
          empty=""
          more={
            <a href={`/events?${new URLSearchParams({ request: requestId }).toString()}`}>Open in Events</a>
          }
        />
        <AsCommand asked={{ request_id: requestId }} />
      </Part>
    </>,
  )
}

const UNKNOWN =
  'Neither a refusal nor a recent event has this request id. Old refusals are not kept here. Of too many at once only a sample is kept and logged: the others are counted, not kept.'
