/** The last step of a set-up: the first event, or why a request was refused, and how to mend it. */
import type { FC } from 'hono/jsx'
import { isSetupOpen } from '../../../event/setup-window.ts'
import { providerFacts } from '../../../providers/facts.ts'
import type { CaptureView } from '../../../refusals/captures.ts'
import type { FirstCalls, RefusalRecord } from '../../../refusals/refusal.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import { listQuarantine } from '../../../store/quarantine.ts'
import type { StoredEvent } from '../../../store/stored-event.ts'
import { eventTone, eventWord } from '../../messages/events.ts'
import { remedyOf } from '../../messages/refusal-remedies.ts'
import { explainRefusal } from '../../messages/refusals.ts'
import { seesAll } from '../../access/actor.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { firstCallsOf, newestEvent } from '../../setups.ts'
import { Action, Badge, Clock, For, Shown, When } from '../components.tsx'
import { deliveryPath } from '../delivery/paths.ts'
import { RequestLink } from '../request-link.tsx'
import { useView } from '../view.ts'
import { Captured, capturePath } from './capture.tsx'
import { FirstCallsCame } from './open-setup.tsx'
import { SOURCES } from './resource.ts'

export interface Arrival {
  /** The newest event since the source was made. */
  readonly event: StoredEvent | undefined
  /** The newest refusal, if neither an event nor a first call came after it. */
  readonly refusal: RefusalRecord | undefined
  /** When the ESP last asked whether the URL answers, since the source was made. */
  readonly handshakeMs: number | undefined
  /** Whether items came that could not be read. */
  readonly hasUnread: boolean
  readonly capture: CaptureView | null
  /** First calls that were answered since the set-up was opened. */
  readonly calls: FirstCalls | null
  readonly isUnanswered: boolean
}

export async function readArrival(context: RequestContext, source: SourceView): Promise<Arrival> {
  const { name, createdAtMs } = source
  const { store, refusalLog, nowMs } = context
  const [newest, refusals, quarantine, capture, handshakeMs, calls] = await Promise.all([
    newestEvent(context, source),
    answered(context, 'refusals', () => refusalLog.latest({ source: name, limit: 1 })),
    answered(context, 'quarantine', () => listQuarantine(store, { source: name, limit: 1 })),
    answered(context, 'captures', () => refusalLog.viewCapture(name, nowMs)),
    // A gateway of the version before does not know.
    refusalLog.handshakeMs(name).catch(() => null),
    firstCallsOf(context, source),
  ])
  const event = newest ?? undefined
  const [latest] = refusals ?? []
  const sinceMs = Math.max(event ? Date.parse(event.received_at) : createdAtMs, calls?.lastMs ?? 0)
  const isNewer = latest !== undefined && latest.atMs > sinceMs
  return {
    event,
    refusal: isNewer ? latest : undefined,
    handshakeMs: handshakeMs !== null && handshakeMs >= createdAtMs ? handshakeMs : undefined,
    hasUnread: (quarantine?.quarantine.length ?? 0) > 0,
    capture: capture ?? null,
    calls,
    isUnanswered: newest === undefined && refusals === undefined,
  }
}

/** Time after which the page says why nothing may have come. */
const LATE_MS = 5 * 60_000

interface ArrivedProps {
  readonly source: SourceView
  readonly arrival: Arrival
  readonly nowMs: number
}

/** Identifies what is shown: the script leaves the page as it is while this stays the same. */
const stateOf = ({ source, arrival, nowMs }: ArrivedProps): string =>
  [
    arrival.event?.id,
    arrival.refusal?.requestId,
    arrival.capture?.captured.length,
    arrival.handshakeMs,
    arrival.calls?.count,
    nowMs - source.updatedAtMs > LATE_MS,
  ].join(' ')

export const Arrived: FC<ArrivedProps> = (props) => {
  const { source, arrival, nowMs } = props
  const { event, refusal, handshakeMs, calls, hasUnread, isUnanswered } = arrival
  const path = `${SOURCES.pathOf(source.name)}/setup`
  return (
    <div data-state={stateOf(props)} data-done={event === undefined ? undefined : ''}>
      {event !== undefined && <First event={event} />}
      {event === undefined && handshakeMs !== undefined && (
        <p class="notice good">
          URL reached: the ESP asked whether it answers, <When at={handshakeMs} />.{' '}
          {calls !== null && <FirstCallsCame calls={calls} />} Now cause a first delivery.
        </p>
      )}
      {refusal !== undefined && <Refused {...props} refusal={refusal} />}
      {event === undefined && hasUnread && (
        <p class="notice warn">
          A delivery was verified, and something in it could not be read:{' '}
          <a href={`/activity?show=quarantined&source=${source.name}`}>look at it in the quarantine</a>.
        </p>
      )}
      {isUnanswered && <p class="notice bad">Neither the store nor the refusal log answered.</p>}
      {event === undefined && refusal === undefined && <Nothing {...props} />}
      {event === undefined && (
        <p>
          {/* With the same address and a fragment, a browser would only scroll. */}
          <a class="button" href={`${path}?at=${nowMs}#arrival`}>
            Check now
          </a>
        </p>
      )}
    </div>
  )
}

const First: FC<{ event: StoredEvent }> = ({ event }) => (
  <div class="notice good">
    <p>
      A verified event came <When at={event.received_at} />:{' '}
      <Badge tone={eventTone(event.type)}>{eventWord(event.type)}</Badge>{' '}
      <For role="operator">
        <Shown text={event.recipient} max={120} />
      </For>
    </p>
    <p>
      The set-up is done. <a href={deliveryPath(event.id)}>Look at the event</a>
      {seesAll(useView().actor) && (
        <>
          , or <a href="/destinations">send events on to your own systems</a>
        </>
      )}
      .
    </p>
  </div>
)

const FIRST_CALL = 'If the ESP did not save the webhook: open the set-up above, and save the webhook again.'

const Refused: FC<ArrivedProps & { refusal: RefusalRecord }> = ({ source, arrival, refusal, nowMs }) => {
  const { capture } = arrival
  const isUrlReached = refusal.code === 'secret_missing'
  const isClosed = source.setup?.verifiedAtMs === null && !isSetupOpen(source.setup, nowMs)
  const firstCall = isClosed ? [FIRST_CALL] : []
  const causes = isUrlReached
    ? [...firstCall, 'The URL is right. Add the secret above, then cause another delivery.']
    : [
        ...firstCall,
        ...remedyOf(refusal.code).steps,
        ...(providerFacts(source.config.provider)?.setup?.causes ?? []),
      ]
  const first = capture?.captured[0]
  return (
    <div class={`notice ${isUrlReached ? 'warn' : 'bad'}`}>
      <p>
        A request came <When at={refusal.atMs} /> and was refused:{' '}
        <Shown text={explainRefusal(refusal)} max={400} /> <RequestLink requestId={refusal.requestId} />
      </p>
      {causes.length > 0 && (
        <>
          <p>How to mend it, the usual cause first:</p>
          <ul>
            {causes.map((cause) => (
              <li>{cause}</li>
            ))}
          </ul>
        </>
      )}
      {isUrlReached ? (
        ''
      ) : first !== undefined ? (
        <Captured source={source.name} requestId={first.requestId} />
      ) : capture !== null && nowMs < capture.endsAtMs ? (
        <p>
          The next refused deliveries are kept, until <Clock at={capture.endsAtMs} />. Cause one more.
        </p>
      ) : (
        <For role="operator">
          <p>None of them? Keep the next refused deliveries for an hour, encrypted, to find out exactly.</p>
          <Action action={`${capturePath(source.name)}/begin`} label="Capture the next ones" quiet />
        </For>
      )}
    </div>
  )
}

const Nothing: FC<ArrivedProps> = ({ source, nowMs }) => {
  const isLate = nowMs - source.updatedAtMs > LATE_MS
  const causes = [
    'The URL at the ESP is another one: copy it again from step 1.',
    'The webhook was not saved or not switched on, or no event type was chosen.',
    'No mail was sent since then.',
    ...(providerFacts(source.config.provider)?.setup?.causes ?? []),
  ]
  return (
    <div class="notice">
      <p>
        {source.config.observe
          ? 'It only observes, so an accepted delivery is not shown here: the chart of accepted deliveries counts it.'
          : 'Nothing has come yet.'}{' '}
        <span class="script-only">This page looks again by itself.</span>
      </p>
      <details open={isLate}>
        <summary>{isLate ? 'Nothing for five minutes? Usual causes' : 'If nothing comes'}</summary>
        <ul>
          {causes.map((cause) => (
            <li>{cause}</li>
          ))}
        </ul>
      </details>
    </div>
  )
}
