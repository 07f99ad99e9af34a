/** Page of one delivery, by its request id: why it was refused, or its events. */
import type { FC } from 'hono/jsx'
import { REQUEST_ID } from '../../platform/ids.ts'
import { listEvents } from '../../store/events.ts'
import type { StoredEvent } from '../../store/stored-event.ts'
import type { RefusalRecord } from '../../refusals/refusal.ts'
import type { ConsoleContext } from '../context.ts'
import { decisionWords } from '../messages/describe-decision.ts'
import { explainRefusal } from '../messages/refusals.ts'
import { answerNotice, answerPage } from './answer.tsx'
import { Shown, Table, When } from './components.tsx'
import { eventColumns } from './sections/events.tsx'

/** Events that are shown of one delivery; the API lists all. */
const EVENTS_SHOWN = 50

export async function showRequest(c: ConsoleContext): Promise<Response> {
  const { store, watch, nowMs } = c.get('context')
  const requestId = c.req.param('request_id') ?? ''
  if (!REQUEST_ID.test(requestId)) {
    return answerNotice(
      c,
      400,
      'Not a request id',
      'A request id is req_ and 24 hex digits, or msg_ and the id of a queue’s message.',
    )
  }
  const [refusal] = await watch.latest({ requestId, limit: 1 })
  if (refusal !== undefined) {
    return answerPage(
      c,
      { title: `Refusal ${requestId} · Postern` },
      <RefusalPage refusal={refusal} nowMs={nowMs} />,
    )
  }
  // A refused delivery has no events, so the store is asked only about the others.
  const { events } = await listEvents(store, { request_id: requestId, limit: EVENTS_SHOWN }, nowMs)
  if (events.length === 0) return answerNotice(c, 404, 'No such request', UNKNOWN)
  return answerPage(
    c,
    { title: `Request ${requestId} · Postern` },
    <AcceptedPage {...{ requestId, events, nowMs }} />,
  )
}

const UNKNOWN =
  'Neither a refusal nor a recent event has this request id. Old refusals are not kept here: the gateway’s log has every one.'

const RefusalPage: FC<{ refusal: RefusalRecord; nowMs: number }> = ({ refusal, nowMs }) => (
  <>
    <p>
      <a href="/#refusals">Back to the console</a>
    </p>
    <h1>Refused</h1>
    <p class="lead">
      <Shown text={explainRefusal(refusal)} max={400} />
    </p>
    <dl class="facts">
      <dt>Request</dt>
      <dd>
        <Shown text={refusal.requestId} code />
      </dd>
      <dt>When</dt>
      <dd>
        <When ms={refusal.atMs} nowMs={nowMs} />
      </dd>
      <dt>Source</dt>
      <dd>
        <Shown text={refusal.source} max={80} />
      </dd>
      <dt>Provider</dt>
      <dd>
        <Shown text={refusal.provider} max={80} />
      </dd>
      <dt>Code</dt>
      <dd>
        <code>{refusal.code}</code>, answered with {refusal.status}
      </dd>
      {Object.entries(refusal.detail).map(([name, value]) => (
        <>
          <dt>
            <Shown text={name} max={60} code />
          </dt>
          <dd>
            <Shown text={String(value)} max={200} />
          </dd>
        </>
      ))}
      <dt>Checks</dt>
      <dd>
        <Shown text={decisionWords(refusal.decision)} max={400} />
      </dd>
      <dt>Network</dt>
      <dd>
        <Shown text={refusal.network} max={60} />
      </dd>
    </dl>
  </>
)

const AcceptedPage: FC<{ requestId: string; events: readonly StoredEvent[]; nowMs: number }> = ({
  requestId,
  events,
  nowMs,
}) => (
  <>
    <p>
      <a href="/#events">Back to the console</a>
    </p>
    <h1>Accepted</h1>
    <p class="lead">
      Events of the delivery <Shown text={requestId} code />.
    </p>
    <Table caption="Events of this delivery" columns={eventColumns(nowMs)} rows={events} />
  </>
)
