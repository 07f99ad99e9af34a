/** Page of one delivery, by its request id: why it was refused, or its events. */
import { REQUEST_ID } from '../../platform/ids.ts'
import { listEvents } from '../../store/events.ts'
import { historySince } from '../../store/history.ts'
import type { ConsoleContext } from '../context.ts'
import { historyWords } from '../messages/history.ts'
import { answerNotice, answerPage } from './answer.tsx'
import { Shown, Table } from './components.tsx'
import { EVENT_COLUMNS } from './events/columns.tsx'
import { answerRefusal } from './refusals/refusal.tsx'

/** Events that are shown of one delivery; the API lists all. */
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
  const { events } = await listEvents(store, { request_id: requestId, limit: EVENTS_SHOWN }, nowMs)
  if (events.length === 0) {
    const since = await historySince(store)
    return answerNotice(
      c,
      404,
      'No such request',
      since === null ? UNKNOWN : `${UNKNOWN} ${historyWords(since)}`,
    )
  }
  return answerPage(
    c,
    { title: `Request ${requestId}`, heading: 'Accepted', back: { href: '/events', text: 'Events' } },
    <>
      <p class="lead">
        Events of the delivery <Shown text={requestId} code />.
      </p>
      <Table caption="Events of this delivery" columns={EVENT_COLUMNS} rows={events} />
    </>,
  )
}

const UNKNOWN =
  'Neither a refusal nor a recent event has this request id. Old refusals are not kept here: the gateway’s log has every one.'
